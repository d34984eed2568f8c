import { WeirError } from '@weir/runtime';
import type { PageTarget, StreamMessage } from './carrier.js';
import { StreamGet } from './stream-get.js';

interface Answer {
  readonly cursor: string;
  readonly messages: readonly StreamMessage[];
}

/** The stream in answers, each with the cursor of the next: nothing falls between two of them. */
export class CursorGet {
  readonly #get: StreamGet;
  #cursor = 'now';

  constructor(target: PageTarget, keepAlive: boolean) {
    this.#get = new StreamGet(target, keepAlive);
  }

  /** Takes the present end of the hub's log as where to go on. */
  async begin(): Promise<void> {
    await this.next(null);
  }

  /** What has come since the last answer; with `wait`, such as `30s`, the hub answers when there is something. */
  async next(wait: string | null): Promise<readonly StreamMessage[]> {
    const text = await this.#get.text({ from: this.#cursor, ...(wait === null ? {} : { wait }) });
    const { cursor, messages } = JSON.parse(text) as Partial<Answer>;
    if (cursor === undefined || messages === undefined)
      throw new WeirError(
        'bench.refused',
        'the hub answered without a cursor; is it older than this program?',
      );
    this.#cursor = cursor;
    return messages;
  }

  close(): void {
    this.#get.close();
  }
}
