/** Server-sent events (WHATWG HTML, section 9.2.6) out of chunks of text: the data of each event that is complete. */
export class EventStream {
  #rest = '';
  #data: string[] = [];

  /** The events that `chunk` completes. An event without data is none. */
  take(chunk: string): string[] {
    const events: string[] = [];
    const lines = (this.#rest + chunk).split(/\r?\n/);
    this.#rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line === '') {
        if (this.#data.length > 0) events.push(this.#data.join('\n'));
        this.#data = [];
      } else if (line.startsWith('data:')) this.#data.push(line.slice(line[5] === ' ' ? 6 : 5));
    }
    return events;
  }
}
