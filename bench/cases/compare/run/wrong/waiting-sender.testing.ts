/**
 * A sender as it should not be, one half of coordinated omission: what is due waits until the reading before it is confirmed,
 * and is stamped when it is sent.
 */
import type { OpenSender } from '../../clients/sender.js';
import { openAgents } from '../../clients/uplink/agent-sender.js';
import { serveSender } from '../../clients/serve-sender.js';

const openWaiting: OpenSender = async (assignment, notes) => {
  const waiting: (readonly [device: number, reading: number])[] = [];
  let free = false;
  let empty: () => void = () => undefined;
  const next = (): void => {
    if (!free) return;
    const first = waiting.shift();
    if (first === undefined) return empty();
    free = false;
    agents.send(...first);
  };
  const agents = await openAgents(assignment, {
    ...notes,
    confirmed: (...values) => {
      notes.confirmed(...values);
      free = true;
      next();
    },
  });
  return {
    close: () => agents.close(),
    send: (...due) => {
      waiting.push(due);
      next();
    },
    finish: async () => {
      if (waiting.length > 0) await new Promise<void>((resolve) => (empty = resolve));
      await agents.finish();
    },
  };
};

serveSender({ ws: () => Promise.resolve(openWaiting) });
