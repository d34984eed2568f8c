/**
 * The command lines of libgpiod's tools. Versions 1 and 2 differ in nearly everything:
 *
 *                    1.x (`gpiomon v1.6.3`)                      2.x
 *   chip             first argument                              -c CHIP
 *   bias             -B disable|pull-up|pull-down (since 1.5)    -b disabled|pull-up|pull-down
 *   edges            -r | -f | none for both                     -e rising|falling|both
 *   debounce         cannot                                      -p PERIOD
 *   monitor output   %o %e %s %n: offset, 0 falling 1 rising,    %o %e %S: offset, 1 rising 2 falling,
 *                    seconds, nanoseconds                        seconds.nanoseconds
 *   buffering        -b for one line at a time                   flushes by itself
 *   says it is ready no                                          --banner prints one line
 *   hold an output   --mode=wait: until its stdin ends           never exits by itself
 *
 * Both take offsets for lines, and both name edges by the logical value, so that -l (active low) swaps them. 1.x looks a
 * chip up by label itself, 2.x does not; gpiodetect lists name and label in one form in both.
 */
import type { GpioInput, GpioOutput } from '../config.js';

/** What all lines of one gpiomon have in common. */
export type InputSettings = Omit<GpioInput, 'line'>;

export interface Edge {
  readonly line: number;
  readonly rising: boolean;
  /** The kernel's time of the edge in us, by whichever clock it uses. */
  readonly timeUs: number;
}

export interface GpioDialect {
  readonly version: 1 | 2;
  /** Start of the line by which the tools say that they hold their lines; null where they do not say. */
  readonly monitorBanner: string | null;
  readonly holdBanner: string | null;
  /** Arguments of gpiomon. Throws `source.unavailable` for what this version cannot do. */
  monitor(chip: string, lines: readonly number[], settings: InputSettings): string[];
  /** Null for a line of gpiomon's output that is no edge. */
  edge(text: string): Edge | null;
  /** Arguments of gpioget, which prints 0 or 1 for each line in order. */
  get(chip: string, lines: readonly number[], settings: InputSettings): string[];
  /** Arguments of gpioset so that it holds the line until it is ended. */
  hold(chip: string, output: GpioOutput, value: boolean): string[];
}
