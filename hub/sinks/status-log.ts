import type { Logger } from '@weir/runtime';
import type { SinkStatus } from './sink.js';

/** Says in the log what changes for an operator: trouble once, not at every try; its end; what was left out. */
export class StatusLog {
  readonly #logger: Logger;
  #errorCode: string | null = null;
  /** A store that merely opened again has yet to show that it takes something in. */
  #troubledAt = 0;
  #skippedTo = -1;
  #quarantined = 0;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  note(status: SinkStatus): void {
    const { name, cursor, error, errorCode, quarantined } = status;
    if (errorCode !== null) {
      if (errorCode !== this.#errorCode)
        this.#logger.warn({ sink: name, cursor, code: errorCode }, error ?? errorCode);
      this.#errorCode = errorCode;
      this.#troubledAt = cursor;
    } else if (this.#errorCode !== null && cursor > this.#troubledAt) {
      this.#logger.info({ sink: name, cursor }, 'the store is back');
      this.#errorCode = null;
    }
    for (const range of status.skipped) {
      if (range.from < this.#skippedTo) continue;
      this.#logger.warn({ sink: name, ...range }, 'a part of the log was not stored');
      this.#skippedTo = range.to;
    }
    if (quarantined > this.#quarantined) {
      const count = quarantined - this.#quarantined;
      this.#logger.warn(
        { sink: name, count, quarantined },
        'the store refused readings; they are in quarantine',
      );
    }
    this.#quarantined = quarantined;
  }
}
