/**
 * One device that POSTs to a hub, one request at a time, over a connection that is kept or over a new one each time:
 *
 *   describe ──200──► ready; POST ──200──► POST ──200──► …
 */
import { WeirError } from '@weir/runtime';
import type { DeviceOrder, LoadDevice } from './answered-load.js';
import { Blocks } from './blocks.js';
import { httpAnswer } from './http-answer.js';
import { deviceName } from './load.js';
import { describePost, PostBlock } from './post-block.js';
import { Sender } from './sender.js';
import { TcpClient } from './tcp-client.js';

const DESCRIBE_SEQ = 1;
/** What a hub says of a body with one frame that it had not. */
const ONE_STORED = '{"stored":1,"duplicates":0,"rejected":[]}';
const CONNECTING_MAX = 32;

/** Has all devices of an order describe their channels. */
export async function openPostDevices(given: DeviceOrder): Promise<LoadDevice[]> {
  const { server, connections, readingsPerFrame, seed, kind } = given.order;
  const closes = kind === 'post-new';
  const blocks = new Blocks(seed, (each) => new PostBlock({ server, readingsPerFrame, seed: each, closes }));
  const devices = Array.from(
    { length: connections },
    (_, at) => new PostDevice(at + 1, closes, blocks, given),
  );
  for (let at = 0; at < devices.length; at += CONNECTING_MAX)
    await Promise.all(devices.slice(at, at + CONNECTING_MAX).map((device) => device.describe()));
  return devices;
}

class PostDevice implements LoadDevice {
  readonly name: string;
  readonly sender: Sender<PostBlock>;
  readonly #number: number;
  readonly #closes: boolean;
  readonly #given: DeviceOrder;
  #client: TcpClient | null = null;
  #answered: () => void = () => undefined;

  constructor(number: number, closes: boolean, blocks: Blocks<PostBlock>, given: DeviceOrder) {
    this.name = deviceName(number);
    this.#number = number;
    this.#closes = closes;
    this.#given = given;
    let seq = DESCRIBE_SEQ + 1;
    this.sender = new Sender({
      ...{ blocks, counts: given.counts, firstSeq: seq },
      messages: (block, first) => block.message(number, first),
      write: (bytes, drained) => {
        this.#answered = () => {
          if (!this.sender.take(seq, seq, performance.now() * 1000)) this.#fail('an answer to nothing');
          seq++;
          this.sender.send();
        };
        return this.#post(bytes, drained);
      },
    });
    this.sender.window = 1;
  }

  /** Resolves when the hub knows the device and its channel. */
  describe(): Promise<void> {
    const post = describePost(this.#given.order.server, this.#closes, this.#number, DESCRIBE_SEQ);
    return new Promise((resolve) => {
      this.#answered = resolve;
      this.#post(post, () => undefined);
    });
  }

  /** See `TcpClient.write`; a connection that is yet to stand keeps a copy. */
  #post(bytes: Buffer, drained: () => void): boolean {
    if (this.#client !== null) return this.#client.write(bytes, drained);
    const { host, port } = this.#given.order.server;
    const post = Buffer.from(bytes);
    const client: TcpClient = new TcpClient(host, port, {
      connected: () => client.write(post),
      received: (answer) => this.#received(answer),
      closed: (reason) => {
        if (this.#client === client) this.#fail(reason);
      },
    });
    this.#client = client;
    return true;
  }

  #received(bytes: Buffer): number {
    const answer = httpAnswer(bytes);
    if (answer === null) return 0;
    if (answer.status !== 200 || answer.body !== ONE_STORED)
      this.#fail(`the hub answered ${answer.status} ${answer.body.slice(0, 300)}`);
    // One that is not kept the hub closes.
    if (this.#closes) this.#client = null;
    this.#answered();
    return answer.length;
  }

  #fail(reason: string): void {
    this.#given.fault.raise(new WeirError('bench.refused', `${this.name}: ${reason}`));
  }
}
