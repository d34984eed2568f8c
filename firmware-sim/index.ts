/** Simulated microcontrollers on serial lines, and virtual fleets that run the agent's real link and spool. */
export * from './fleet/fleet.js';
export * from './microcontroller/format.js';
export * from './microcontroller/microcontroller.js';
export * from './serial-line/pty.js';
export * from './serial-line/serial-line.js';
export * from './serial-line/tcp.js';
export * from './signals/sensors.js';
export * from './signals/signal.js';
