import type { OpenReceiver } from '../receiver.js';
import { urlOf } from '../assignment.js';
import { carrierOf } from './carrier.js';
import { readingsIn } from './readings-in.js';

/** A page that shows the run's devices, by whichever method: a reading is seen when the page's code has its value. */
export const openPage: OpenReceiver = async ({ plan, server, prefix }, { saw, failed }) => {
  const target = { url: urlOf(server, 'http'), token: server.token, devices: `${prefix}*` };
  const carrier = carrierOf(plan, target, {
    messages: (messages) => readingsIn(messages, prefix, saw),
    failed,
  });
  await carrier.open();
  return carrier;
};
