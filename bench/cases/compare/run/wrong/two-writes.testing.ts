/**
 * A sender as it should not be: headers and body of each POST in writes of their own, Nagle's algorithm on. The body waits for
 * the acknowledgement of the headers, which the hub's end holds back for 40 ms, having nothing to send.
 */
import { ClientRequest } from 'node:http';
import { openPosters } from '../../clients/uplink/post-sender.js';
import type { OpenSender } from '../../clients/sender.js';
import { serveSender } from '../../clients/serve-sender.js';

const PARTS = ClientRequest.prototype as unknown as {
  end: (this: ClientRequest, body: Buffer) => ClientRequest;
};
const { end } = PARTS;
PARTS.end = function (body) {
  this.flushHeaders();
  // By then the headers have left: what is written in one turn of the event loop goes as one.
  setImmediate(() => end.call(this, body));
  return this;
};

const post = (): Promise<OpenSender> => Promise.resolve(openPosters);
serveSender({ 'post-kept': post, 'posts-kept': post });
