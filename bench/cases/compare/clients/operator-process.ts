/** Who commands the devices of a run, beside the hub; a child of the comparison. */
import type { OpenSender } from './sender.js';
import { serveSender } from './serve-sender.js';

const operator = async (): Promise<OpenSender> => (await import('./command/operator.js')).openOperator;

serveSender({ ws: operator, sse: operator, 'long-poll': operator, poll: operator, 'poll-new': operator });
