/** The apps with settings: their schemas and the prefix of their environment variables. */
import { bridgeConfigSchema } from '@weir/bridge';
import { agentConfigSchema } from '@weir/device-agent';
import { hubConfigSchema } from '@weir/hub';

export const HUB = {
  title: 'Hub',
  command: 'weir hub',
  schema: hubConfigSchema,
  envPrefix: 'WEIR_HUB',
  sample: 'hub/hub.example.yaml',
} as const;

export const AGENT = {
  title: 'Device agent',
  command: 'weir agent',
  schema: agentConfigSchema,
  envPrefix: 'WEIR_AGENT',
  sample: 'device-agent/agent.example.yaml',
} as const;

export const BRIDGE = {
  title: 'MQTT bridge',
  command: 'weir bridge',
  schema: bridgeConfigSchema,
  envPrefix: 'WEIR_BRIDGE',
  sample: 'bridge/bridge.example.yaml',
} as const;

export const CONFIGURED_APPS = [HUB, AGENT, BRIDGE] as const;
