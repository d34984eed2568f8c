import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadConfig } from '@weir/runtime';
import { temporaryFolder } from '@weir/testing';
import { describe, expect, it } from 'vitest';
import { agentConfigSchema, type AgentConfig } from './config.js';

// From dist/, where this runs, to the package.
const EXAMPLE = fileURLToPath(new URL('../agent.example.yaml', import.meta.url));

async function load(text: string): Promise<AgentConfig> {
  const file = join(await temporaryFolder(), 'agent.yaml');
  await writeFile(file, text);
  return loadConfig(agentConfigSchema, { file, envPrefix: 'WEIR_AGENT' });
}

describe('the configuration', () => {
  it('of the example is valid and shows every kind of source', () => {
    const config = loadConfig(agentConfigSchema, { file: EXAMPLE, envPrefix: 'WEIR_AGENT' });
    expect(config.device).toBe('boiler-room');
    expect(new Set(config.sources.map(({ type }) => type))).toEqual(
      new Set(['serial', 'tcp', 'gpio', 'thermal', 'system']),
    );
    expect(config.spool).toMatchObject({ max_bytes: 256 * 2 ** 20, commit_delay: 1_000 });
  });

  it('needs a device and a token, and has a default for the rest', async () => {
    expect(await load('device: a\ntoken: t\n')).toMatchObject({
      hub: 'ws://127.0.0.1:8087',
      spool: {
        dir: 'weir-spool',
        max_bytes: 268_435_456,
        max_age: 0,
        commit_delay: 1_000,
        memory_bytes: 8_388_608,
      },
      batch: { max_delay_ms: 50, max_readings: 500 },
      sources: [],
    });
  });

  it.each([
    ['token: t\n', /"device" is required/],
    ['device: a b\ntoken: t\n', /:1:1: "device": a device name is/],
    ['device: a\n', /"token": a token is needed: give either token or token_file/],
    ['device: a\ntoken: t\ntoken_file: f\n', /give either token or token_file/],
    ['device: a\ntoken: t\nhub: hub.local\n', /:3:1: "hub": "hub.local" is not the address of a hub/],
    ['device: a\ntoken: t\nspool: { max_bytes: 1KiB }\n', /:3:10: "spool.max_bytes".*1048576/],
    [
      'device: a\ntoken: t\nspool: { max_byte: 1MiB }\n',
      /unknown key "spool.max_byte"; did you mean "max_bytes"\?/,
    ],
    ['device: a\ntoken: t\nbatch: { max_readings: 100000 }\n', /10000/],
  ])('refuses %j', async (text, message) => {
    await expect(load(text)).rejects.toThrow(message);
  });
});
