/** A sender that dies while it runs. */
import { openAgents } from '../../clients/uplink/agent-sender.js';
import { serveSender } from '../../clients/serve-sender.js';
import type { OpenSender } from '../../clients/sender.js';

const openDying: OpenSender = async (assignment, notes) => {
  const agents = await openAgents(assignment, notes);
  return { ...agents, send: () => process.exit(7) };
};

serveSender({ ws: () => Promise.resolve(openDying) });
