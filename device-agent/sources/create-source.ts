/** From the configuration of a source to the source. */
import { ChannelMap } from './channel-map.js';
import type { SerialConfig, SourceConfig, TcpConfig } from './config.js';
import { createDecoder } from './decoders/create-decoder.js';
import { GpioSource } from './gpio/gpio-source.js';
import { PolledSource } from './machine/polled-source.js';
import { measureSystem } from './machine/system.js';
import { measureThermal } from './machine/thermal.js';
import type { Source, SourceDeps } from './source.js';
import type { BytePort } from './stream/byte-port.js';
import { serialPort } from './stream/serial-port.js';
import { StreamSource } from './stream/stream-source.js';
import { tcpPort } from './stream/tcp-port.js';

/** A source that has not begun yet: call `start`. Never throws for what is missing on the machine. */
export function createSource(config: SourceConfig, deps: SourceDeps): Source {
  switch (config.type) {
    case 'serial':
      return streamSource(config, serialPort(config), deps);
    case 'tcp':
      return streamSource(config, tcpPort(config), deps);
    case 'gpio':
      return new GpioSource(config, deps);
    case 'thermal':
      return new PolledSource(config, measureThermal(config), deps);
    case 'system':
      return new PolledSource(config, measureSystem(config), deps);
  }
}

function streamSource(config: SerialConfig | TcpConfig, port: BytePort, deps: SourceDeps): Source {
  return new StreamSource(
    {
      name: config.name,
      port,
      retryMaxMs: config.retry_max_ms,
      mapOf: (out) => new ChannelMap(config.channels, config.only_listed, out),
      decoderFor: (map) => createDecoder(config.format, map),
    },
    deps,
  );
}
