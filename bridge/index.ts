/** Publishes a hub's readings to an MQTT broker, and the broker that `weir up` brings along. */
export { startBroker, type Broker, type BrokerOptions, type BrokerStats } from './broker/broker.js';
export { bridgeConfigSchema, type BridgeConfig, type BridgeConfigInput } from './config.js';
export { startBridge, type Bridge, type BridgeDeps } from './main.js';
export type { BridgeStats } from './progress.js';
export { bridgeStatusTopic, deviceStatusTopic, readingTopic } from './topics.js';
