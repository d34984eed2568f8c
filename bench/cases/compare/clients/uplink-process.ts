/** The devices of a run, which send readings across the link; a child of the comparison. */
import { serveSender } from './serve-sender.js';
import type { OpenSender } from './sender.js';

const agent = async (): Promise<OpenSender> => (await import('./uplink/agent-sender.js')).openAgents;
const post = async (): Promise<OpenSender> => (await import('./uplink/post-sender.js')).openPosters;
const mqtt = async (): Promise<OpenSender> => (await import('./uplink/mqtt-sender.js')).openPublishers;

serveSender({
  ...{ ws: agent, wss: agent },
  ...{ 'post-new': post, 'post-kept': post },
  ...{ 'posts-full': post, 'posts-resumed': post, 'posts-kept': post },
  mqtt,
});
