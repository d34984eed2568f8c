/**
 * How much the hub remembers of sequences, to know a frame that comes again. A device that keeps to the protocol costs an
 * epoch for each of its runs and hardly a hole; one gone wrong could ask for any amount, so there are bounds:
 *
 *   epochs   of all devices together `limits.epochs` (1 KB each), an account in the loss ledger counting as one more.
 *            From half of it on the hub remembers fewer epochs that devices no longer hold; at it, a hello that brings
 *            more than one new epoch is refused for now
 *   holes    between the sequences of an epoch: 10,000 of a device, 2,000,000 of all devices (40 bytes each). Beyond,
 *            a frame that would open another one ends its connection; a device with few holes may always open those few
 */
export const HOLES_OF_DEVICE_MAX = 10_000;
export const HOLES_MAX = 2_000_000;
/** A device may open as many whatever the others do. */
const HOLES_OF_DEVICE_MIN = 16;
/** Epochs that a device no longer holds but that are remembered nonetheless, for a spool restored from a copy. */
const FORMER_EPOCHS = { plenty: 64, scarce: 4 };

/** Counted over all devices of a hub. */
export class Remembered {
  epochs = 0;
  holes = 0;
  readonly #epochsMax: number;

  constructor(epochsMax = Infinity) {
    this.#epochsMax = epochsMax;
  }

  /** Former epochs to keep of each device. */
  get formerEpochs(): number {
    return this.epochs > this.#epochsMax / 2 ? FORMER_EPOCHS.scarce : FORMER_EPOCHS.plenty;
  }

  /** May a device that has so many holes open another one? */
  hasRoomForHole(holesOfDevice: number): boolean {
    if (holesOfDevice < HOLES_OF_DEVICE_MIN) return true;
    return holesOfDevice < HOLES_OF_DEVICE_MAX && this.holes < HOLES_MAX;
  }

  /** May a hello bring so many epochs that were not known? A single one, as of a device that starts, always. */
  hasRoomForEpochs(added: number): boolean {
    return added <= 1 || this.epochs + added <= this.#epochsMax;
  }
}
