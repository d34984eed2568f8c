/** Near sensors: devices beside the hub, whose readings a page across the link is to see; a child of the comparison. */
import type { OpenSender } from './sender.js';
import { serveSender } from './serve-sender.js';

const agent = async (): Promise<OpenSender> => (await import('./uplink/agent-sender.js')).openAgents;

/** By the method of the page. */
serveSender({ ws: agent, sse: agent, 'long-poll': agent, poll: agent, 'poll-new': agent });
