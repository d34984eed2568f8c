/**
 * What damage in the hub's log cost, as far as it can be known: when the log is read back and a part of it is damaged, the
 * sequences of each epoch that are missing between those before the damage and those behind it. Frames behind which none
 * came, and epochs that were in the damaged part as a whole, leave no trace.
 */
import type { SkipReason } from '@weir/log';
import { SequenceSet, type SequenceRange } from '@weir/protocol';
import type { Registry } from '../registry/registry.js';

const NOTHING: SequenceRange = [0, -1];
const DAMAGE: ReadonlySet<SkipReason> = new Set<SkipReason>(['damaged', 'missing']);

export class DamageWatch {
  readonly #registry: Registry;
  /** By device id and epoch, the greatest sequence before the first damage; null while there was none. */
  #before: Map<string, number> | null = null;

  constructor(registry: Registry) {
    this.#registry = registry;
  }

  /** A part of the log was skipped; what is before it is in the tables, and nothing behind it is. */
  skipped(reason: SkipReason): void {
    if (!DAMAGE.has(reason) || this.#before !== null) return;
    this.#before = new Map();
    for (const { id, epochs } of this.#registry.devices.values())
      for (const { epoch, seen } of epochs.values()) this.#before.set(`${id} ${epoch}`, seen.greatest);
  }

  /** All of the log is in the tables: what is missing goes into the ledger. */
  done(atUs: number): void {
    if (this.#before === null) return;
    for (const device of this.#registry.devices.values()) {
      for (const { epoch, seen } of [...device.epochs.values()]) {
        const before = this.#before.get(`${device.id} ${epoch}`) ?? 0;
        const held = SequenceSet.from([device.accounts.get(epoch)?.claim ?? NOTHING]);
        for (const [first, last] of seen.missing(before + 1, seen.greatest))
          for (const range of held.missing(first, last)) this.#registry.damaged(device, epoch, range, atUs);
      }
    }
  }
}
