/** The scripts of the processes that a benchmark starts. */
const script = (path: string): URL => new URL(path, import.meta.url);

export const HUB_PROCESS = script('../servers/hub-process.js');
export const BARE_PROCESS = script('../servers/bare-process.js');
export const LOAD_PROCESS = script('../load/load-process.js');
export const SUBSCRIBER_PROCESS = script('../load/subscriber-process.js');
export const ROUTER_PROCESS = script('../network/namespaces/router-process.js');
export const PROXY_PROCESS = script('../network/proxy/proxy-process.js');
export const PROBE_PROCESS = script('../network/probe/probe-process.js');
export const UPLINK_PROCESS = new URL('../cases/compare/clients/uplink-process.js', import.meta.url);
export const DISPLAY_PROCESS = script('../cases/compare/clients/display-process.js');
export const SENSOR_PROCESS = script('../cases/compare/clients/sensor-process.js');
export const WITNESS_PROCESS = new URL('../cases/compare/clients/witness-process.js', import.meta.url);
export const OPERATOR_PROCESS = script('../cases/compare/clients/operator-process.js');
export const COMMANDED_PROCESS = script('../cases/compare/clients/commanded-process.js');
