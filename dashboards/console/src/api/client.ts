/** The hub's HTTP API as far as the page needs it. Every call throws only `HubError`. */
import type { HubClock } from '../store/hub-clock.js';
import {
  decodeChannel,
  decodeDevice,
  decodeFindings,
  decodeReadings,
  decodeStats,
  decodeTotals,
} from './decode.js';
import { HubError } from './errors.js';
import { JsonObject } from './json.js';
import type { Channel, Device, Finding, ReadingsPage, Stats, Totals } from './types.js';

export interface ReadingsQuery {
  readonly device: string;
  readonly channel: string;
  readonly fromUs: number;
  readonly toUs: number;
  readonly limit: number;
  readonly order?: 'asc' | 'desc';
  readonly cursor?: string;
  /** Length of a step in ms, and how its readings become one. */
  readonly stepMs?: number;
  readonly aggregate?: 'min' | 'max';
}

const DEADLINE_MS = 15_000;

export class HubClient {
  readonly token: string;
  readonly #clock: HubClock;

  /** Each answer also tells `clock` what time it is at the hub. */
  constructor(token: string, clock: HubClock) {
    this.token = token;
    this.#clock = clock;
  }

  async stats(): Promise<Stats> {
    return decodeStats(await this.#get('stats'));
  }

  async devices(): Promise<Device[]> {
    return (await this.#get('devices')).objects('devices').map(decodeDevice);
  }

  async channels(device: string): Promise<Channel[]> {
    return (await this.#get('channels', { device })).objects('channels').map(decodeChannel);
  }

  /** What is wrong with a device, the likeliest cause first. */
  async explain(device: string): Promise<Finding[]> {
    return decodeFindings(await this.#get(`devices/${encodeURIComponent(device)}/explain`));
  }

  /** What became of a device's frames. */
  async totals(device: string): Promise<Totals> {
    const page = await this.#get(`devices/${encodeURIComponent(device)}/ledger`, { limit: '1' });
    return decodeTotals(page.object('totals'));
  }

  /** One page of readings; `nextCursor` is null on the last. */
  async readings(query: ReadingsQuery): Promise<ReadingsPage> {
    const { stepMs, aggregate, order, cursor } = query;
    const answer = await this.#get('readings', {
      device: query.device,
      channel: query.channel,
      from: String(query.fromUs),
      to: String(query.toUs),
      limit: String(query.limit),
      ...(order && { order }),
      ...(cursor && { cursor }),
      ...(stepMs !== undefined && aggregate && { step: `${stepMs}ms`, aggregate }),
    });
    return decodeReadings(answer);
  }

  async #get(path: string, query: Record<string, string> = {}): Promise<JsonObject> {
    const url = apiUrl(path, query);
    const sentMs = performance.now();
    const response = await this.#fetch(url);
    const receivedMs = performance.now();
    this.#clock.answer(Date.parse(response.headers.get('date') ?? ''), sentMs, receivedMs);
    if (response.status === 401 || response.status === 403)
      throw new HubError('unauthorised', 'The hub refused this token.');
    const text = await response.text().catch(() => {
      throw new HubError('unreachable', 'the answer broke off');
    });
    if (!response.ok) throw new HubError('refused', `${response.status} ${refusal(text)}`);
    return JsonObject.parse(text);
  }

  async #fetch(url: URL): Promise<Response> {
    try {
      return await fetch(url, {
        headers: { authorization: `Bearer ${this.token}` },
        cache: 'no-store',
        signal: AbortSignal.timeout(DEADLINE_MS),
      });
    } catch {
      throw new HubError('unreachable', 'The hub does not answer.');
    }
  }
}

/** What the hub says against a request: `{"error":{"message":...}}`. */
function refusal(body: string): string {
  try {
    return JsonObject.parse(body).object('error').text('message');
  } catch {
    return '';
  }
}

/** Relative to the page, so that a path put before it by a reverse proxy stays. */
export function apiUrl(path: string, query: Record<string, string>): URL {
  const url = new URL(`api/v1/${path}`, document.baseURI);
  url.search = new URLSearchParams(query).toString();
  url.hash = '';
  return url;
}
