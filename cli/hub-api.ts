/** A running hub's HTTP API, as the commands ask it. */
import { messageOf, WeirError } from '@weir/runtime';
import { z } from 'zod';

/** Beyond what the hub itself gives a query of its store. */
const TIMEOUT_MS = 60_000;

const refusalSchema = z.object({ error: z.object({ code: z.string(), message: z.string() }) });

export type QueryValue = string | number | undefined;

export class HubApi {
  readonly url: string;
  readonly #token: string;

  /** `url` is the hub's http address, such as `http://127.0.0.1:8087`. */
  constructor(url: string, token: string) {
    this.url = url;
    this.#token = token;
  }

  /** GET, the answer checked. Throws `client.hub_unreachable`, `client.hub_refused` with the hub's own words. */
  get<T>(path: string, schema: z.ZodType<T>, query: Readonly<Record<string, QueryValue>> = {}): Promise<T> {
    const given = new URLSearchParams();
    for (const [name, value] of Object.entries(query))
      if (value !== undefined) given.set(name, String(value));
    return this.#send('GET', given.size === 0 ? path : `${path}?${given.toString()}`, schema);
  }

  /** POST of a JSON body, the answer checked. Throws as `get`. */
  post<T>(path: string, body: object, schema: z.ZodType<T>): Promise<T> {
    return this.#send('POST', path, schema, JSON.stringify(body));
  }

  async #send<T>(method: string, path: string, schema: z.ZodType<T>, body?: string): Promise<T> {
    const { status, ok, text } = await this.#answer(method, path, body);
    if (!ok) throw this.#refused(status, text, `${method} ${path}`);
    const parsed = schema.safeParse(parsedJson(text));
    if (parsed.success) return parsed.data;
    throw new WeirError(
      'client.hub_refused',
      `${this.url} answered ${method} ${path} with something else; is it a hub of this version?`,
      { cause: parsed.error },
    );
  }

  async #answer(
    method: string,
    path: string,
    body?: string,
  ): Promise<{ status: number; ok: boolean; text: string }> {
    const headers = {
      authorization: `Bearer ${this.#token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    };
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    try {
      const init = { method, headers, signal, ...(body === undefined ? {} : { body }) };
      const response = await fetch(this.url + path, init);
      return { status: response.status, ok: response.ok, text: await response.text() };
    } catch (error) {
      const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
      const reason = messageOf(cause);
      const hint = /certificate|issuer/i.test(reason)
        ? '; NODE_EXTRA_CA_CERTS=FILE names an authority to trust'
        : '';
      throw new WeirError('client.hub_unreachable', `no hub answers at ${this.url}: ${reason}${hint}`, {
        cause: error,
      });
    }
  }

  #refused(status: number, text: string, request: string): WeirError {
    const refusal = refusalSchema.safeParse(parsedJson(text));
    if (!refusal.success)
      return new WeirError('client.hub_refused', `${this.url}: ${request}: status ${status}`);
    const { code, message } = refusal.data.error;
    return new WeirError('client.hub_refused', `${this.url}: ${message} (${code})`);
  }
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}
