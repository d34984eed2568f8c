/** A page that sees what the hub has, across the link; a child of the comparison. */
import type { OpenReceiver } from './receiver.js';
import { serveReceiver } from './serve-receiver.js';

const page = async (): Promise<OpenReceiver> => (await import('./display/page.js')).openPage;

serveReceiver({ ws: page, sse: page, 'long-poll': page, poll: page, 'poll-new': page });
