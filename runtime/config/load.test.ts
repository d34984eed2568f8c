import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { WeirError } from '../errors.js';
import { loadConfig, type ConfigInput } from './load.js';
import { bytesSchema, durationSchema } from './units.js';

const folder = mkdtempSync(join(tmpdir(), 'weir-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

const schema = z.strictObject({
  device: z.string().min(1).describe('name'),
  listen: z
    .strictObject({
      host: z.string().default('127.0.0.1').describe('host'),
      port: z.number().int().min(0).max(65_535).default(8087).describe('port'),
    })
    .prefault({}),
  tls: z.boolean().default(false).describe('tls'),
  spool: z
    .strictObject({
      max_bytes: bytesSchema.default(1024).describe('size'),
      max_age: durationSchema.default(0).describe('age'),
    })
    .prefault({}),
  sources: z
    .array(
      z.discriminatedUnion('type', [
        z.strictObject({ type: z.literal('serial'), path: z.string(), baud_rate: z.number().default(9600) }),
        z.strictObject({ type: z.literal('tcp'), host: z.string() }),
      ]),
    )
    .default([])
    .describe('sources'),
});

let files = 0;
async function load(text: string, input: Partial<ConfigInput> = {}) {
  const file = join(folder, `${files++}.yaml`);
  await writeFile(file, text);
  try {
    return { file, value: loadConfig(schema, { file, envPrefix: 'WEIR', ...input }), error: null };
  } catch (error) {
    return { file, value: null, error: WeirError.from(error) };
  }
}

describe('loadConfig', () => {
  it('fills defaults and reads sizes and durations', async () => {
    const { value } = await load('device: pi\nspool: { max_bytes: 64MiB, max_age: 2h }\n');
    expect(value).toMatchObject({
      listen: { host: '127.0.0.1', port: 8087 },
      spool: { max_bytes: 64 * 2 ** 20, max_age: 7_200_000 },
    });
  });

  it('takes flags over environment over file', async () => {
    const input = {
      env: { WEIR_LISTEN_PORT: '2', WEIR_LISTEN_HOST: '::1', WEIR_TLS: 'true' },
      flags: { 'listen-port': '3' },
    };
    const { value } = await load('device: pi\nlisten: { port: 1, host: x }\n', input);
    expect(value).toMatchObject({ listen: { port: 3, host: '::1' }, tls: true });
  });

  it('names file, line, column and the nearest key of an unknown one', async () => {
    const { file, error } = await load('device: pi\nlisten:\n  prot: 80\n');
    expect(error?.code).toBe('config.unknown_key');
    expect(error?.message).toBe(`${file}:3:3: unknown key "listen.prot"; did you mean "port"?`);
  });

  it('finds an unknown key inside a list of one of several objects', async () => {
    const { file, error } = await load(
      'device: pi\nsources:\n  - type: serial\n    path: /dev/x\n    baudrate: 1\n',
    );
    expect(error?.message).toBe(`${file}:5:5: unknown key "sources.0.baudrate"; did you mean "baud_rate"?`);
  });

  it.each([
    ['device: pi\nlisten: { port: 70000 }\n', 'config.invalid', /:2:11: "listen.port": .*65535/],
    ['device: pi\nspool: { max_bytes: lots }\n', 'config.invalid', /:2:10: .*64MiB, got "lots"/],
    ['listen: {}\n', 'config.missing', /"device" is required/],
    ['device: [\n', 'config.syntax', /yaml:\d+:\d+: (?!.*at line)/],
    ['- a\n', 'config.syntax', /expected a map/],
    ['device: pi\nsources: [{ type: usb }]\n', 'config.invalid', /:2:\d+: /],
    ['device: a\ndevice: b\n', 'config.syntax', /:2:1: .*unique/],
  ])('refuses %j with %s', async (text, code, message) => {
    const { error } = await load(text);
    expect(error?.code).toBe(code);
    expect(error?.message).toMatch(message);
  });

  it('names the flag or environment variable that a bad value came from', async () => {
    expect((await load('device: pi\n', { flags: { 'listen-port': 'abc' } })).error?.message).toMatch(
      /^--listen-port: /,
    );
    expect((await load('device: pi\n', { env: { WEIR_LISTEN_PORT: '-1' } })).error?.message).toMatch(
      /^WEIR_LISTEN_PORT: /,
    );
  });

  it('refuses an environment name of its prefix that no setting has', async () => {
    const { error } = await load('device: pi\n', { env: { WEIR_LISTN_PORT: '1', OTHER_LISTN_PORT: '1' } });
    expect(error?.code).toBe('config.unknown_key');
    expect(error?.message).toMatch(/^WEIR_LISTN_PORT: .*did you mean WEIR_LISTEN_PORT\?$/);
  });

  it('names the bad value, unless it may be a secret', async () => {
    expect((await load('device: pi\n', { env: { WEIR_LISTEN_PORT: 'abc' } })).error?.message).toMatch(
      /, got "abc"$/,
    );
    const secrets = z.strictObject({ token: z.string().min(20) });
    expect(() => loadConfig(secrets, { flags: { token: 'hush' }, envPrefix: 'WEIR' })).toThrow(/^(?!.*hush)/);
  });

  it('says which file it cannot read', () => {
    expect(() => loadConfig(schema, { file: join(folder, 'none.yaml'), envPrefix: 'WEIR' })).toThrow(
      /cannot read .*none.yaml/,
    );
  });
});

it('loads any file, or refuses it by a config error that names it', async () => {
  const key = fc.constantFrom(
    'device',
    'listen',
    'port',
    'spool',
    'max_bytes',
    'sources',
    'type',
    'serial',
    '<<',
    'x',
  );
  const value = fc.oneof(
    fc.constantFrom(
      'pi',
      '{}',
      '[]',
      '~',
      '&a',
      '*a',
      '!!js/function "x"',
      '!!binary QQ',
      '0x1f',
      '1e999',
      '.nan',
      '|',
    ),
    fc.constantFrom(
      '64MiB',
      '2h',
      '-1',
      '"',
      "'",
      '{',
      '[',
      '- ',
      '? ',
      ': ',
      '#',
      '%YAML 9',
      '---',
      '\t',
      '\u0000',
    ),
    fc.string({ unit: 'binary', maxLength: 12 }),
  );
  const line = fc
    .tuple(fc.constantFrom('', '  ', '    ', '- '), key, value)
    .map(([indent, name, text]) => `${indent}${name}: ${text}`);
  const text = fc.oneof(
    fc.array(line, { maxLength: 8 }).map((lines) => lines.join('\n')),
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc.nat(2_000).map((depth) => `device: ${'['.repeat(depth)}`),
    fc.constant(
      `a: &a [x,x]\n${'bcdefghi'.replace(/./g, (name, i: number) => `${name}: &${name} [${`*${'abcdefgh'[i]},`.repeat(9)}]\n`)}`,
    ),
  );
  await fc.assert(
    fc.asyncProperty(text, async (content) => {
      const { value: config, error, file } = await load(content);
      if (error === null) {
        expect(config.device.length).toBeGreaterThan(0);
        return;
      }
      expect(error.code).toMatch(/^config\./);
      expect(error.message).toContain(file);
      expect(error.message.length).toBeLessThan(1_000);
    }),
    { numRuns: 500, endOnFailure: true },
  );
});
