import type { Command, Configure, Reply } from '@weir/protocol';
import { messageOf } from '@weir/runtime';
import type { CommandHandler } from './ports.js';

const RUNNING_MAX = 16;
const MESSAGE_LENGTH = 1000;

/** Runs the hub's commands side by side, a bounded number of them, and answers each by a reply of the same id. */
export class CommandRunner {
  readonly #handler: CommandHandler;
  readonly #answer: (reply: Reply) => void;
  #running = 0;

  constructor(handler: CommandHandler, answer: (reply: Reply) => void) {
    this.#handler = handler;
    this.#answer = answer;
  }

  run(frame: Command | Configure): void {
    if (this.#running >= RUNNING_MAX) {
      this.#reply(frame.id, false, `busy: ${RUNNING_MAX} commands are running`);
      return;
    }
    this.#running++;
    this.#outcomeOf(frame)
      .then(
        (message) => this.#reply(frame.id, true, message),
        (error: unknown) => this.#reply(frame.id, false, messageOf(error)),
      )
      .finally(() => this.#running--)
      .catch(() => undefined);
  }

  async #outcomeOf(frame: Command | Configure): Promise<string> {
    return frame.type === 'command' ? this.#handler.command(frame) : this.#handler.configure(frame);
  }

  #reply(id: number, ok: boolean, message: string): void {
    this.#answer({ type: 'reply', id, ok, message: message.slice(0, MESSAGE_LENGTH) });
  }
}
