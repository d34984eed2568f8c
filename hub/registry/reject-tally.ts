import { registeredCode, type Reject } from '@weir/protocol';

/** Refusals of one kind, with the last of them. */
export interface RejectCount {
  /** As in docs/errors.md. */
  readonly code: string;
  readonly count: number;
  readonly lastUs: number;
  readonly limit: number | string | null;
  readonly value: number | string | null;
  readonly message: string;
}

const TEXT_LENGTH_MAX = 300;

/** What a device had refused, by code. As many entries as there are codes at most. */
export class RejectTally {
  #counts: RejectCount[] = [];

  note({ code: number, limit, value, message }: Reject, atUs: number): void {
    const code = registeredCode(number);
    const count = 1 + (this.#counts.find((each) => each.code === code)?.count ?? 0);
    const last = { limit: short(limit), value: short(value), message: message.slice(0, TEXT_LENGTH_MAX) };
    const others = this.#counts.filter((each) => each.code !== code);
    this.#counts = [{ code, count, lastUs: atUs, ...last }, ...others];
  }

  /** Latest first. */
  get counts(): readonly RejectCount[] {
    return this.#counts;
  }
}

function short(value: number | string | null): number | string | null {
  return typeof value === 'string' ? value.slice(0, TEXT_LENGTH_MAX) : value;
}
