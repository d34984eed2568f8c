/** What the hub takes in one request. */
const REPLIES_MAX = 64;

export interface CommandReply {
  readonly id: string;
  readonly ok: true;
}

/** A device's answers to commands: one request at a time, and what comes meanwhile goes with the next. */
export class Replies {
  readonly #post: (replies: readonly CommandReply[]) => Promise<void>;
  readonly #failed: (error: Error) => void;
  #waiting: CommandReply[] = [];
  #underWay = false;

  constructor(post: (replies: readonly CommandReply[]) => Promise<void>, failed: (error: Error) => void) {
    this.#post = post;
    this.#failed = failed;
  }

  add(ids: readonly string[]): void {
    for (const id of ids) this.#waiting.push({ id, ok: true });
    if (!this.#underWay) this.#next().catch(this.#failed);
  }

  async #next(): Promise<void> {
    this.#underWay = true;
    while (this.#waiting.length > 0) await this.#post(this.#waiting.splice(0, REPLIES_MAX));
    this.#underWay = false;
  }
}
