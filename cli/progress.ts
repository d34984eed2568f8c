/** Progress of long work on stderr: a bar that is drawn anew on a terminal, lines elsewhere. */
import type { WriteStream } from 'node:tty';

const BAR_CHARACTERS = 24;

/** How far the work is. */
export interface Part {
  readonly done: number;
  readonly total: number;
  /** What it is at. */
  readonly what: string;
  /** Expected, s. */
  readonly remainingS: number;
}

export class Progress {
  readonly #stream: Pick<WriteStream, 'write' | 'isTTY' | 'columns'>;
  #bar = '';

  constructor(stream: Pick<WriteStream, 'write' | 'isTTY' | 'columns'> = process.stderr) {
    this.#stream = stream;
  }

  /** A line that stays. */
  readonly line = (text: string): void => {
    this.#stream.write(`${this.#erased()}${text}\n${this.#bar}`);
  };

  readonly advance = ({ done, total, what, remainingS }: Part): void => {
    const filled = Math.round((BAR_CHARACTERS * done) / Math.max(1, total));
    const drawn = '█'.repeat(filled) + '░'.repeat(BAR_CHARACTERS - filled);
    const rest = `${done}/${total}  ${timeText(remainingS)} left  ${what}`;
    if (!this.#stream.isTTY) return void this.#stream.write(`${rest}\n`);
    const erased = this.#erased();
    this.#bar = `${drawn}  ${rest}`.slice(0, this.#stream.columns - 1);
    this.#stream.write(erased + this.#bar);
  };

  /** Takes the bar off the screen. */
  end(): void {
    this.#stream.write(this.#erased());
    this.#bar = '';
  }

  #erased(): string {
    return this.#bar === '' ? '' : '\r\u001B[K';
  }
}

/** `3 h 12 min`, `4 min`, `50 s`. */
export function timeText(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds));
  if (whole < 100) return `${whole} s`;
  const minutes = Math.ceil(whole / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
