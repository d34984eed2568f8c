/** What every long-running command shares: its end by Ctrl-C, by SIGTERM or by `--for`, and its exit code. */
import { durationSchema, LOG_LEVELS, WeirError, type LogLevel } from '@weir/runtime';
import { InvalidArgumentError, Option, type Command } from 'commander';

/** `found`: what was asked for was carried out, and it found that something is wrong. */
export const ExitCode = { ok: 0, failed: 1, usage: 2, found: 3, interrupted: 130 } as const;

/** Aborts at the first SIGINT or SIGTERM; a second one ends the process at once. */
export function untilInterrupted(): AbortSignal {
  const controller = new AbortController();
  const interrupt = (signal: NodeJS.Signals): void => {
    if (controller.signal.aborted) process.exit(signal === 'SIGINT' ? 130 : 143);
    controller.abort(signal);
  };
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  return controller.signal;
}

/** Resolves when the signal aborts, or after `ms` when that is given. */
export function ended(signal: AbortSignal, ms?: number): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const timer = setTimeout(resolve, ms ?? 2 ** 31 - 1);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/** Commander's parser for durations such as `20s`; milliseconds. */
export function parseDuration(text: string): number {
  const result = durationSchema.safeParse(text);
  if (!result.success || result.data <= 0)
    throw new InvalidArgumentError('expected a duration such as 20s or 5m');
  return result.data;
}

/** Commander's parser for whole numbers in a range. */
export function parseInteger(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== '' && Number.isInteger(value) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`expected a whole number from ${min} to ${max}`);
  };
}

/** Commander's parser for positive numbers. */
export function parseRate(text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0 && value <= 10_000) return value;
  throw new InvalidArgumentError('expected a number above 0, at most 10000');
}

/** Commander's parser for probabilities. */
export function parseProbability(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= 0 && value <= 1) return value;
  throw new InvalidArgumentError('expected a number from 0 to 1');
}

/** Tells a failure on stderr, in one line a person can act on, and returns the exit code for it. */
export function report(thrown: unknown): number {
  const error = WeirError.from(thrown);
  process.stderr.write(`weir: ${error.message} [${error.code}]\n`);
  if (error.code === 'internal.unexpected')
    process.stderr.write(`${error.cause instanceof Error ? error.cause.stack : error.stack}\n`);
  return error.code.startsWith('config.') ? ExitCode.usage : ExitCode.failed;
}

export interface LogOption {
  readonly logLevel: LogLevel;
}

/** `--log-level`, the same on every command. */
export function addLogOption(command: Command, level: LogLevel = 'info'): Command {
  return command.addOption(
    new Option('--log-level <level>', 'how much is logged to stderr, as JSON lines')
      .choices(LOG_LEVELS)
      .default(level),
  );
}
