/**
 * Who was turned away of late: what `weir explain` knows of a device that never gets as far as its hello.
 *
 * Limits: so many kinds of refusal (same device, holder, address and code), the least recent forgotten first.
 */
import { DEVICE_NAME } from '@weir/protocol';
import type { Clock } from '@weir/runtime';
import type { Refusal } from './gate.js';

/** Who asked to come in, as far as can be told before a hello. */
export interface Caller {
  readonly remote: string;
  /** The device that it calls itself, unproven; null when it does not say. */
  readonly device: string | null;
  /** Name of its token, where the hub knows that. */
  readonly holder: string | null;
}

export interface Refused extends Caller {
  /** As in docs/errors.md. */
  readonly code: string;
  readonly message: string;
  readonly count: number;
  readonly firstUs: number;
  readonly lastUs: number;
}

const KINDS_MAX = 1_000;
const MESSAGE_LENGTH_MAX = 300;

export class Refusals {
  readonly #clock: Clock;
  /** Least recent first. */
  readonly #kinds = new Map<string, Refused>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  note({ remote, device, holder }: Caller, code: string, message: string): void {
    const key = JSON.stringify([device, holder, remote, code]);
    const lastUs = this.#clock.utcUs();
    const { count = 0, firstUs = lastUs } = this.#kinds.get(key) ?? {};
    this.#kinds.delete(key);
    const text = message.slice(0, MESSAGE_LENGTH_MAX);
    this.#kinds.set(key, { remote, device, holder, code, message: text, count: count + 1, firstUs, lastUs });
    const [oldest] = this.#kinds.keys();
    if (this.#kinds.size > KINDS_MAX && oldest !== undefined) this.#kinds.delete(oldest);
  }

  /** Notes what was answered to a request that named a device in its query, or none. */
  turnedAway(remote: string, query: URLSearchParams, { code, message, holder }: Refusal): void {
    this.note({ remote, device: deviceIn(query), holder: holder ?? null }, code, message);
  }

  /** Callers that gave this name, and those at this address that gave none; most recent first. */
  of(device: string, remote: string | null): Refused[] {
    return [...this.#kinds.values()]
      .filter((each) =>
        each.device === null ? remote !== null && each.remote === remote : each.device === device,
      )
      .reverse();
  }
}

/** `?device=NAME`, which a device may add to the address so that its operator can be told of a refusal. */
export function deviceIn(query: URLSearchParams): string | null {
  const name = query.get('device') ?? '';
  return DEVICE_NAME.test(name) ? name : null;
}
