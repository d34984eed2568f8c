/** Who sees, beside the hub or the broker, what has arrived there; a child of the comparison. */
import type { OpenReceiver } from './receiver.js';
import { serveReceiver } from './serve-receiver.js';

const stream = async (): Promise<OpenReceiver> => (await import('./witness/stream-witness.js')).openStream;
const mqtt = async (): Promise<OpenReceiver> => (await import('./witness/mqtt-witness.js')).openSubscriber;

serveReceiver({
  ...{ ws: stream, wss: stream },
  ...{ 'post-new': stream, 'post-kept': stream },
  ...{ 'posts-full': stream, 'posts-resumed': stream, 'posts-kept': stream },
  ...{ sse: stream, 'long-poll': stream, poll: stream, 'poll-new': stream },
  mqtt,
});
