/** One line that says what flows: rewritten in place on a terminal, printed now and then elsewhere. */
export interface Flow {
  readonly connected: number;
  readonly devices: number;
  /** Totals; rates are made here. */
  readonly received: number;
  readonly stored: number;
  readonly published: number;
}

export interface LineOutput {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

const PLAIN_EVERY_MS = 5_000;

export class LiveLine {
  readonly #output: LineOutput;
  #last: { readonly flow: Flow; readonly atMs: number } | null = null;
  #printedMs = -Infinity;

  constructor(output: LineOutput) {
    this.#output = output;
  }

  show(flow: Flow, atMs: number): void {
    const line = lineOf(flow, this.#last, atMs);
    this.#last = { flow, atMs };
    if (this.#output.isTTY === true) {
      this.#output.write(`\r\x1b[2K${line.slice(0, (this.#output.columns ?? 80) - 1)}`);
    } else if (atMs - this.#printedMs >= PLAIN_EVERY_MS) {
      this.#printedMs = atMs;
      this.#output.write(`${line}\n`);
    }
  }

  /** Leaves the last line standing and goes on below it. */
  end(): void {
    if (this.#output.isTTY === true && this.#last !== null) this.#output.write('\n');
  }
}

function lineOf(
  flow: Flow,
  last: { readonly flow: Flow; readonly atMs: number } | null,
  atMs: number,
): string {
  const seconds = last === null ? 0 : (atMs - last.atMs) / 1000;
  const part = (name: string, now: number, before: number | undefined): string => {
    const rate = seconds > 0 ? ` (${Math.round((now - (before ?? 0)) / seconds)}/s)` : '';
    return `${name} ${now.toLocaleString('en-GB')}${rate}`;
  };
  return [
    `devices ${flow.connected}/${flow.devices}`,
    part('in', flow.received, last?.flow.received),
    part('stored', flow.stored, last?.flow.stored),
    part('published', flow.published, last?.flow.published),
  ].join('   ');
}
