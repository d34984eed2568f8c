import { urlOf } from '../assignment.js';
import { readingsIn } from '../display/readings-in.js';
import { SocketCarrier } from '../display/socket-carrier.js';
import type { OpenReceiver } from '../receiver.js';

/** A live subscription at the hub's stream: a reading is seen when it is on the hub's disk and has come out again. */
export const openStream: OpenReceiver = async ({ server, prefix }, { saw, failed }) => {
  const target = { url: urlOf(server, 'http'), token: server.token, devices: `${prefix}*` };
  const carrier = new SocketCarrier(target, {
    messages: (messages) => readingsIn(messages, prefix, saw),
    failed,
  });
  await carrier.open();
  return carrier;
};
