/** The hub: takes readings in over WebSocket and HTTP, keeps them safe, stores and serves them. */
export { hubConfigSchema, type HubConfig, type HubConfigInput } from './config.js';
export { startHub, type Hub } from './main.js';
export type { HubStats } from './api/stats.js';
