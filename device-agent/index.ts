/** The device agent: reads sensors and streams their readings to a hub. Also the devices of a virtual fleet. */
export type { AgentStats } from './agent-stats.js';
export { agentConfigSchema, type AgentConfig } from './config.js';
export {
  Device,
  SPOOL_DEFAULTS,
  createDevice,
  type AckListener,
  type DeviceDeps,
  type DeviceOptions,
} from './device.js';
export type { Connection, ConnectionEvents, LinkState, Transport } from './link/ports.js';
export { hubAddress, webSocketTransport } from './link/websocket.js';
export { retryDelayMs, type ConnectionEnd } from './link/retry.js';
export { startAgent, type Agent } from './main.js';
export { Recorder, type RecorderDeps, type RecorderOptions, type RunCommand } from './recorder.js';
export type { SourceOutput } from './sources/source.js';
export { openSpool } from './spool/open.js';
export type { SpoolDeps, SpoolOptions } from './spool/options.js';
export type { SpoolStatus } from './spool/spool.js';
