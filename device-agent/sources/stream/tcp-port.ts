/**
 * A serial line behind a network serial server that sends its bytes as they are (ser2net in raw mode, ESP-Link,
 * socat). A dead peer is found by TCP keepalive, a dead line by the idle timeout.
 */
import { connect } from 'node:net';
import type { TcpConfig } from '../config.js';
import type { BytePort, BytePortEvents } from './byte-port.js';

export function tcpPort(config: TcpConfig): BytePort {
  return { open: (events) => openSocket(config, events) };
}

function openSocket(config: TcpConfig, events: BytePortEvents): () => Promise<void> {
  const socket = connect({
    host: config.host,
    port: config.port,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: config.keepalive_ms,
  });
  let over = false;
  let reason = 'closed by the peer';
  const gone = new Promise<void>((resolve) => socket.once('close', () => resolve()));

  socket.setTimeout(config.connect_timeout_ms);
  socket.once('connect', () => {
    socket.setTimeout(config.idle_timeout_ms ?? 0);
    if (!over) events.opened();
  });
  socket.on('data', (chunk) => {
    if (!over) events.data(chunk);
  });
  socket.on('timeout', () => {
    reason = socket.connecting
      ? `no connection within ${config.connect_timeout_ms} ms`
      : `no byte for ${config.idle_timeout_ms} ms`;
    socket.destroy();
  });
  socket.on('error', (error) => {
    reason = error.message;
  });
  socket.once('close', () => {
    if (!over) events.closed(reason);
    over = true;
  });

  return async () => {
    over = true;
    socket.destroy();
    await gone;
  };
}
