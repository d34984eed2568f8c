/** The hub's own ledger, to be asked of a frame what became of it. */
import type { Core, LedgerRange } from '@weir/hub/parts';
import { epochKey } from './truth.js';

export class Accounts {
  readonly #ranges = new Map<string, readonly LedgerRange[]>();

  /** What the ledger says now. */
  static async of({ ledger, registry }: Core): Promise<Accounts> {
    const accounts = new Accounts();
    for (const device of registry.devices.values())
      for (const { epoch, ranges } of await ledger.accounts(device))
        accounts.#ranges.set(epochKey(device.name, epoch), ranges);
    return accounts;
  }

  /** Null where the ledger has not heard of the frame. */
  of(device: string, epoch: number, seq: number): LedgerRange | null {
    const ranges = this.#ranges.get(epochKey(device, epoch)) ?? [];
    return ranges.find(({ first, last }) => first <= seq && seq <= last) ?? null;
  }

  /** All epochs, each with its ranges. */
  all(): Iterable<readonly [epoch: string, ranges: readonly LedgerRange[]]> {
    return this.#ranges;
  }

  /** Whether a frame of an epoch that `isSeen` says nobody has seen expired. */
  hasExpiredUnseen(device: string, epoch: number, isSeen: (seq: number) => boolean): boolean {
    for (const { state, first, last } of this.#ranges.get(epochKey(device, epoch)) ?? [])
      if (state === 'expired') for (let seq = first; seq <= last; seq++) if (!isSeen(seq)) return true;
    return false;
  }
}

/** Whether a store should have what stands in the ledger so. */
export function isIn(range: LedgerRange | null, store: string): boolean {
  if (range === null) return false;
  if (range.state === 'stored') return true;
  return range.state === 'expired' && range.sinks.length > 0 && !range.sinks.includes(store);
}
