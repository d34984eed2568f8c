/** The scripts of the processes that a benchmark starts. */

export const HUB_PROCESS = new URL('../servers/hub-process.js', import.meta.url);
export const BARE_PROCESS = new URL('../servers/bare-process.js', import.meta.url);
export const LOAD_PROCESS = new URL('../load/load-process.js', import.meta.url);
export const SUBSCRIBER_PROCESS = new URL('../load/subscriber-process.js', import.meta.url);
export const ROUTER_PROCESS = new URL('../network/namespaces/router-process.js', import.meta.url);
export const PROXY_PROCESS = new URL('../network/proxy/proxy-process.js', import.meta.url);
export const PROBE_PROCESS = new URL('../network/probe/probe-process.js', import.meta.url);
export const UPLINK_PROCESS = new URL('../cases/compare/clients/uplink-process.js', import.meta.url);
export const DISPLAY_PROCESS = new URL('../cases/compare/clients/display-process.js', import.meta.url);
export const SENSOR_PROCESS = new URL('../cases/compare/clients/sensor-process.js', import.meta.url);
export const WITNESS_PROCESS = new URL('../cases/compare/clients/witness-process.js', import.meta.url);
export const OPERATOR_PROCESS = new URL('../cases/compare/clients/operator-process.js', import.meta.url);
export const COMMANDED_PROCESS = new URL('../cases/compare/clients/commanded-process.js', import.meta.url);
