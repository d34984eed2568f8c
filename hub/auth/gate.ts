import type { IncomingHttpHeaders } from 'node:http';
import type { Clock } from '@weir/runtime';
import { bearerOf } from './bearer.js';
import { FailureLimit } from './failures.js';
import { allows, type Holder, type Role, type TokenBook } from './tokens.js';

/** Why a request does not get in: what an HTTP answer needs. */
export interface Refusal {
  readonly status: 400 | 401 | 403 | 404 | 429 | 503;
  readonly code: string;
  readonly message: string;
  readonly retryAfterS?: number;
  /** Name of the token, where it is known. */
  readonly holder?: string;
  /** The same in ms, where the delay is meant for this one client, which takes its turn. */
  readonly retryAfterMs?: number;
  /** What the client shows when it comes again. */
  readonly ticket?: string | null;
}

export type Admission = { readonly holder: Holder } | { readonly refusal: Refusal };

/** Decides who gets in, before anything is done for them. */
export class Gate {
  readonly #tokens: TokenBook;
  readonly #failures: FailureLimit;

  constructor(tokens: TokenBook, clock: Clock) {
    this.#tokens = tokens;
    this.#failures = new FailureLimit(clock);
  }

  admit(headers: IncomingHttpHeaders, address: string, roles: readonly Role[]): Admission {
    const token = bearerOf(headers);
    const holder = this.#tokens.find(token);
    if (holder === null) return { refusal: this.#unknown(token, address) };
    if (roles.some((role) => allows(holder, role))) return { holder };
    const message = `a token with role ${holder.role} may not do this; it takes ${roles.join(' or ')}`;
    return { refusal: { status: 403, code: 'auth.forbidden', message, holder: holder.name } };
  }

  #unknown(token: string | null, address: string): Refusal {
    const retryAfterS = this.#failures.note(address);
    if (retryAfterS !== null) {
      const message = `too many wrong tokens from ${address}`;
      return { status: 429, code: 'auth.too_many_failures', message, retryAfterS };
    }
    const message = token === null ? 'no bearer token' : 'unknown token';
    return { status: 401, code: 'auth.unauthorized', message };
  }
}
