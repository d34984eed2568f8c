/** Messages at fixed times, whatever the server does: what is late counts as late (no coordinated omission). */
const TICK_MS = 1;

/** `perSecond` calls a second of `send` with the time at which each was due, in us of `performance.now()`. */
export class Pace {
  readonly #intervalUs: number;
  readonly #send: (count: number, dueUs: number) => void;
  #timer: NodeJS.Timeout | null = null;

  constructor(perSecond: number, send: (count: number, dueUs: number) => void) {
    this.#intervalUs = 1e6 / perSecond;
    this.#send = send;
  }

  start(): void {
    const startUs = performance.now() * 1000;
    let next = 0;
    this.#timer = setInterval(() => {
      const nowUs = performance.now() * 1000;
      for (let dueUs = startUs + next * this.#intervalUs; dueUs <= nowUs; dueUs += this.#intervalUs)
        this.#send(next++, dueUs);
    }, TICK_MS);
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
  }
}
