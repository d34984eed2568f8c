import { Worker } from 'node:worker_threads';
import { messageOf, type Logger } from '@weir/runtime';
import type { SeriesIdentity } from '../registry/series.js';
import type {
  FromStreamWorker,
  Portion,
  StreamMessage,
  StreamWorkerStart,
  ToStreamWorker,
} from './messages.js';

export interface StreamWorkerParts extends StreamWorkerStart {
  readonly logger: Logger;
  /** All series known, for a worker that starts. */
  readonly series: () => readonly SeriesIdentity[];
  readonly durable: () => number;
  readonly onMessage: (id: number, message: StreamMessage) => void;
  readonly onPortion: (id: number, portion: Portion) => void;
  /** The worker ended unasked: its subscriptions are gone, another worker is there. */
  readonly onLost: () => void;
}

/** The main thread's end of the stream worker. A worker that dies is replaced at once. */
export class StreamWorker {
  readonly #parts: StreamWorkerParts;
  #worker: Worker;
  #exited: Promise<void> = Promise.resolve();
  #closing = false;

  constructor(parts: StreamWorkerParts) {
    this.#parts = parts;
    this.#worker = this.#spawn();
  }

  post(message: ToStreamWorker): void {
    this.#worker.postMessage(message);
  }

  async close(): Promise<void> {
    this.#closing = true;
    this.post({ type: 'close' });
    await this.#exited;
  }

  #spawn(): Worker {
    const { logDir, windowCharacters, logger } = this.#parts;
    const start: StreamWorkerStart = { logDir, windowCharacters };
    const worker = new Worker(new URL('./worker.js', import.meta.url), { workerData: start, name: 'stream' });
    worker.on('message', (message: FromStreamWorker) => {
      if (message.type === 'text') this.#parts.onMessage(message.id, message);
      else if (message.type === 'portion') this.#parts.onPortion(message.id, message);
      else logger.warn({ reason: message.message }, 'the stream worker cannot read a part of the log');
    });
    worker.on('error', (error) => logger.error({ reason: messageOf(error) }, 'the stream worker failed'));
    this.#exited = new Promise((resolve) => {
      worker.on('exit', () => {
        resolve();
        if (!this.#closing) this.#replace();
      });
    });
    worker.postMessage({
      type: 'series',
      series: this.#parts.series().map(identityOf),
    } satisfies ToStreamWorker);
    worker.postMessage({ type: 'advance', durable: this.#parts.durable() } satisfies ToStreamWorker);
    return worker;
  }

  #replace(): void {
    this.#parts.logger.error({ code: 'hub.worker_failed' }, 'the stream worker ended; starting another');
    this.#worker = this.#spawn();
    this.#parts.onLost();
  }
}

/** The plain part of a series, which can be sent to a thread. */
export function identityOf({ id, device, channel, type, unit }: SeriesIdentity): SeriesIdentity {
  return { id, device, channel, type, unit };
}
