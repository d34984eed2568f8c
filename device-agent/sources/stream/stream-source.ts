/**
 * A source that reads frames from a stream of bytes: a serial port, or one behind TCP.
 *
 *            open            opened               closed
 *   idle ---------> opening --------> reading ---------------.
 *                      ^   \                                  v
 *                      |    `-- failed: port "waiting" --> pausing (Retry)
 *                      `------------------------------------'
 *
 * Each opening has a decoder of its own: nothing of a frame cut by an unplug meets the bytes after the replug. `stop`
 * leads out of every state.
 */
import type { ChannelMap } from '../channel-map.js';
import type { Decoder } from '../decoders/decoder.js';
import { Retry } from '../retry.js';
import type { Source, SourceDeps, SourceOutput } from '../source.js';
import type { BytePort } from './byte-port.js';

export interface StreamSourceOptions {
  readonly name: string;
  readonly port: BytePort;
  readonly retryMaxMs: number;
  mapOf(out: SourceOutput): ChannelMap;
  decoderFor(map: ChannelMap): Decoder;
}

export class StreamSource implements Source {
  readonly name: string;
  readonly #options: StreamSourceOptions;
  readonly #deps: SourceDeps;
  readonly #retry: Retry;
  #out: SourceOutput | null = null;
  #map: ChannelMap | null = null;
  #close: (() => Promise<void>) | null = null;
  #decoder: Decoder | null = null;

  constructor(options: StreamSourceOptions, deps: SourceDeps) {
    this.name = options.name;
    this.#options = options;
    this.#deps = deps;
    this.#retry = new Retry(options.retryMaxMs, deps);
  }

  start(out: SourceOutput): void {
    this.#out = out;
    this.#map = this.#options.mapOf(out);
    this.#open();
  }

  async stop(): Promise<void> {
    this.#retry.cancel();
    const out = this.#out;
    this.#out = null;
    this.#endDecoder();
    await this.#close?.();
    this.#close = null;
    out?.port('closed', 'stopped');
  }

  #open(): void {
    const map = this.#map;
    if (this.#out === null || map === null) return;
    this.#close = this.#options.port.open({
      opened: () => {
        this.#retry.working();
        this.#decoder = this.#options.decoderFor(map);
        this.#out?.port('open', '');
      },
      data: (chunk) => this.#decoder?.push(chunk, this.#deps.clock.monotonicUs()),
      closed: (reason) => this.#closed(reason),
    });
  }

  #closed(reason: string): void {
    this.#close = null;
    if (this.#out === null) return;
    this.#out.port(this.#decoder === null ? 'waiting' : 'closed', reason);
    this.#endDecoder();
    this.#retry.schedule(() => this.#open());
  }

  #endDecoder(): void {
    this.#decoder?.end();
    this.#decoder = null;
  }
}
