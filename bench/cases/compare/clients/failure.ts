/** A promise that rejects when something goes wrong while nobody waits for it in particular. */
export class Failure {
  readonly happened: Promise<never>;
  readonly raise: (error: Error) => void;

  constructor() {
    let reject: (error: Error) => void = () => undefined;
    this.happened = new Promise((_, refuse) => (reject = refuse));
    // Whoever runs looks at it; before, it is not yet asked.
    this.happened.catch(() => undefined);
    this.raise = (error) => reject(error);
  }
}
