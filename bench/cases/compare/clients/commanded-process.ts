/** The devices of a run, which get commands across the link; a child of the comparison. */
import type { OpenReceiver } from './receiver.js';
import { serveReceiver } from './serve-receiver.js';

const agent = async (): Promise<OpenReceiver> =>
  (await import('./command/agent-devices.js')).openAgentDevices;
const http = async (): Promise<OpenReceiver> => (await import('./command/http-devices.js')).openHttpDevices;

serveReceiver({ ws: agent, sse: http, 'long-poll': http, poll: http, 'poll-new': http });
