/** The stream worker: reads, decodes and renders the log away from the main thread. Started by `StreamWorker`. */
import { parentPort, workerData } from 'node:worker_threads';
import { setTimeout as sleep } from 'node:timers/promises';
import { LogReader } from '@weir/log';
import { WeirError } from '@weir/runtime';
import { Follower } from './follower.js';
import type { StreamWorkerStart, ToStreamWorker } from './messages.js';

const RETRY_MS = 1_000;

if (parentPort === null)
  throw new WeirError('internal.unexpected', 'the stream worker is not a program of its own');
const port = parentPort;
const { logDir, windowCharacters } = workerData as StreamWorkerStart;
const reader = await LogReader.open(logDir);
const follower = new Follower({
  source: reader,
  windowCharacters,
  post: (message) => port.postMessage(message),
  pause: () => sleep(RETRY_MS),
});

async function close(): Promise<void> {
  await follower.close();
  await reader.close();
}

const end = (): void => port.close();

port.on('message', (message: ToStreamWorker) => {
  switch (message.type) {
    case 'series':
      return follower.announce(message.series);
    case 'advance':
      return follower.advance(message.durable);
    case 'subscribe':
      follower.advance(message.durable);
      return follower.subscribe(message.id, message.from, message.filter, message.portion);
    case 'finish':
      return follower.finish(message.id);
    case 'consumed':
      return follower.consumed(message.id, message.characters);
    case 'unsubscribe':
      return follower.unsubscribe(message.id);
    case 'close':
      close().then(end, end);
  }
});
