/** How commands leave by HTTP: in the answer to a request that may wait, or as server-sent events. */
import type { Entropy, Timers, WeirError } from '@weir/runtime';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import type { CommandBoard } from '../commands/command-board.js';
import type { Delivery } from '../commands/pending-commands.js';
import { EventStream } from '../listen/event-stream.js';
import type { DeviceEntry } from '../registry/device.js';

export const deliverySchema = z
  .object({
    id: z
      .string()
      .describe('For the reply; never the same for two commands of a hub, in the order of the commands'),
    name: z.string(),
    channel: z.string().nullable(),
    value: z.union([z.number(), z.boolean(), z.string()]).nullable(),
    again: z.boolean().describe('It was handed out before: the device may have carried it out already'),
  })
  .meta({ id: 'Command' });

const RUN_END = 2 ** 48;
const RADIX = 36;

/**
 * Ids of commands in text, RUN-NUMBER. Numbers begin again with each run of the hub: a device that had `after` from the run
 * before would miss the new commands, or take one for another that it carried out.
 */
export class CommandIds {
  readonly #prefix: string;

  constructor(entropy: Entropy) {
    this.#prefix = `${entropy.integer(0, RUN_END - 1).toString(RADIX)}-`;
  }

  /** 0, which no command has, for an id of another run, or for none. */
  numberOf(text: string): number {
    if (!text.startsWith(this.#prefix)) return 0;
    const number = Number.parseInt(text.slice(this.#prefix.length), RADIX);
    return Number.isSafeInteger(number) && number > 0 && this.#textOf(number) === text ? number : 0;
  }

  json({ command: { id, name, channel, value }, again }: Delivery): z.output<typeof deliverySchema> {
    return { id: this.#textOf(id), name, channel, value, again };
  }

  #textOf(number: number): string {
    return this.#prefix + number.toString(RADIX);
  }
}

export interface Receiver {
  readonly board: CommandBoard;
  readonly device: DeviceEntry;
  /** Number of the last command that it has. */
  readonly after: number;
  readonly timers: Timers;
}

/**
 * What there is for the device, at once or as soon as there is something, but not later than after `waitMs`. Rejects with
 * `hub.busy`, `hub.replaced`, `hub.stopping`.
 */
export async function nextDeliveries(
  { board, device, after, timers }: Receiver,
  waitMs: number,
  signal: AbortSignal,
): Promise<readonly Delivery[]> {
  const deliveries = board.take(device, after);
  if (deliveries.length > 0 || waitMs === 0) return deliveries;
  let release: () => void = () => undefined;
  try {
    await new Promise<void>((resolve, reject: (error: WeirError) => void) => {
      const leave = board.listen(device, { wake: resolve, end: reject });
      const cancel = timers.after(waitMs, resolve);
      signal.addEventListener('abort', () => resolve());
      release = () => {
        leave();
        cancel();
      };
    });
  } finally {
    release();
  }
  // For a device that has hung up nothing is taken: it would count as handed out.
  return signal.aborted ? [] : board.take(device, after);
}

/** Text that may wait for a device that does not read, bytes: more than all its unanswered commands take. */
const BACKLOG_BYTES_MAX = 2_097_152;

/** Two of one name that replace each other do so no faster. */
const ENDED_RETRY_MS = 5_000;

/** Commands as events, until the device hangs up or comes anew. Throws `hub.busy`, `hub.stopping`. */
export function streamDeliveries(
  { board, device, after, ids, timers }: Receiver & { readonly ids: CommandIds },
  reply: FastifyReply,
): FastifyReply {
  let last = after;
  let stream: EventStream | null = null;
  const wake = (): void => {
    for (const delivery of board.take(device, last)) {
      const event = ids.json(delivery);
      stream?.send({ id: event.id, event: 'command', data: JSON.stringify(event) });
      last = delivery.command.id;
    }
  };
  const leave = board.listen(device, { wake, end: () => stream?.end(ENDED_RETRY_MS) });
  stream = new EventStream(reply, { timers, backlogBytesMax: BACKLOG_BYTES_MAX }, leave);
  wake();
  return reply;
}
