/** A serial port by the `serialport` library, which is loaded when the first port is opened. */
import { messageOf } from '@weir/runtime';
import type { SerialPort } from 'serialport';
import type { SerialConfig } from '../config.js';
import type { BytePort, BytePortEvents } from './byte-port.js';

export function serialPort(config: SerialConfig): BytePort {
  return {
    open(events) {
      const opening = new SerialOpening(config, events);
      return () => opening.close();
    },
  };
}

/** One opening. Never used again once closed: the library's ports do not come back after an unplug. */
class SerialOpening {
  readonly #config: SerialConfig;
  readonly #events: BytePortEvents;
  readonly #started: Promise<void>;
  #port: SerialPort | null = null;
  #over = false;

  constructor(config: SerialConfig, events: BytePortEvents) {
    this.#config = config;
    this.#events = events;
    this.#started = this.#start().catch((thrown: unknown) => this.#end(messageOf(thrown)));
  }

  async close(): Promise<void> {
    this.#over = true;
    await this.#started;
    await this.#shut();
  }

  async #start(): Promise<void> {
    const library = await import('serialport');
    if (!this.#isWanted()) return;
    const port = new library.SerialPort({ ...optionsOf(this.#config), autoOpen: false });
    this.#port = port;
    port.on('data', (chunk: Uint8Array) => {
      if (!this.#over) this.#events.data(chunk);
    });
    port.on('close', (cause: Error | null) =>
      this.#end(cause === null ? 'closed' : `unplugged: ${cause.message}`),
    );
    port.on('error', (error: Error) => this.#end(error.message));
    await new Promise<void>((resolve, reject) => {
      port.open((error) => (error ? reject(error) : resolve()));
    });
    if (this.#isWanted()) this.#events.opened();
  }

  #isWanted(): boolean {
    return !this.#over;
  }

  #end(reason: string): void {
    if (this.#over) return;
    this.#over = true;
    this.#shut().catch(() => undefined);
    this.#events.closed(reason);
  }

  /** Resolves when the device is released; a port that is gone is. */
  async #shut(): Promise<void> {
    const port = this.#port;
    if (!port?.isOpen) return;
    await new Promise<void>((resolve) => port.close(() => resolve()));
  }
}

function optionsOf(config: SerialConfig): ConstructorParameters<typeof SerialPort>[0] {
  return {
    path: config.path,
    baudRate: config.baud_rate,
    dataBits: config.data_bits,
    stopBits: config.stop_bits,
    parity: config.parity,
    rtscts: config.flow_control === 'hardware',
    xon: config.flow_control === 'software',
    xoff: config.flow_control === 'software',
  };
}
