import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '@weir/runtime';
import { bridgeConfigSchema } from './config.js';

const sample = join(dirname(fileURLToPath(import.meta.url)), '..', 'bridge.example.yaml');
const parse = (value: object): unknown => bridgeConfigSchema.parse({ token: 't', ...value });

describe('configuration', () => {
  it('has a sample that loads, with every line of it in use', () => {
    const config = loadConfig(bridgeConfigSchema, { file: sample, envPrefix: 'WEIR_BRIDGE', env: {} });
    expect(config).toMatchObject({
      broker: 'mqtt://127.0.0.1:1883',
      keep_alive: 15_000,
      protocol_version: 'auto',
    });
    const commented = readFileSync(sample, 'utf8').replaceAll(
      /^# (?=(username|password|tls|  ca_file):)/gm,
      '',
    );
    expect(commented).toContain('\ntls:\n  ca_file:');
  });

  it('takes everything by environment and flags', () => {
    const env = {
      WEIR_BRIDGE_TOKEN: 'abc',
      WEIR_BRIDGE_PROTOCOL_VERSION: '5',
      WEIR_BRIDGE_TLS_CA_FILE: '/ca.pem',
    };
    const flags = { broker: 'mqtts://broker.example', 'max-in-flight': '20', 'keep-alive': '1m' };
    expect(loadConfig(bridgeConfigSchema, { envPrefix: 'WEIR_BRIDGE', env, flags })).toMatchObject({
      token: 'abc',
      protocol_version: '5',
      tls: { ca_file: '/ca.pem' },
      broker: 'mqtts://broker.example',
      max_in_flight: 20,
      keep_alive: 60_000,
    });
  });

  it.each([4, 5, '4', '5', 'auto'])('takes MQTT version %j', (protocol_version) =>
    expect(parse({ protocol_version })).toMatchObject({ protocol_version: String(protocol_version) }),
  );

  it.each([
    [{ token: '' }],
    [{ token_file: 'beside a token' }],
    [{ token: undefined }],
    [{ broker: 'tcp://127.0.0.1' }],
    [{ broker: 'mqtt://user:secret@127.0.0.1' }],
    [{ broker: 'mqtt://' }],
    [{ hub: 'mqtt://127.0.0.1' }],
    [{ protocol_version: 3 }],
    [{ prefix: 'weir/#' }],
    [{ prefix: '$SYS' }],
    [{ name: 'a/b' }],
    [{ max_in_flight: 0 }],
    [{ max_in_flight_bytes: '1KiB' }],
    [{ keep_alive: '10ms' }],
    [{ password: 'without a user' }],
    [{ brokr: 'mqtt://127.0.0.1' }],
  ])('refuses %j', (value) => expect(() => parse(value)).toThrow());
});
