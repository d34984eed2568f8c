/**
 * How fast something goes on: the mean over about the last `TAU_S` seconds, older amounts weighing ever less.
 *
 *   weight of an amount that came t seconds ago: e^(-t / TAU_S)
 *
 * Three numbers, however much comes. Before TAU_S have passed the mean is over what has passed, and at least a second.
 */
const TAU_S = 15;
const ELAPSED_MIN_S = 1;

export class Pace {
  #weighted = 0;
  #startUs: number | null = null;
  #atUs = 0;

  /** `amount` came at `atUs`. Times may repeat, and a clock set back counts as standing still. */
  add(amount: number, atUs: number): void {
    if (this.#startUs === null) {
      this.#startUs = atUs;
      this.#atUs = atUs;
    } else if (atUs > this.#atUs) {
      this.#weighted *= decay(atUs - this.#atUs);
      this.#atUs = atUs;
    }
    this.#weighted += amount;
  }

  /** Amount per second, as it looks at `nowUs`; 0 while nothing has come. */
  perSecond(nowUs: number): number {
    if (this.#startUs === null) return 0;
    const elapsedS = Math.max(ELAPSED_MIN_S, (nowUs - this.#startUs) / 1e6);
    const window = TAU_S * (1 - Math.exp(-elapsedS / TAU_S));
    return (this.#weighted * decay(Math.max(0, nowUs - this.#atUs))) / window;
  }
}

function decay(us: number): number {
  return Math.exp(-us / 1e6 / TAU_S);
}
