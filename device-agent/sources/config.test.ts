import { describe, expect, it } from 'vitest';
import { sourceConfigSchema, sourcesSchema } from './config.js';

function faults(config: unknown): string[] {
  const result = sourceConfigSchema.safeParse(config);
  return result.success
    ? []
    : result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
}

describe('the configuration of a source', () => {
  it('has defaults for all but what only the user can know', () => {
    expect(sourceConfigSchema.parse({ type: 'serial', name: 's', path: '/dev/ttyUSB0' })).toEqual({
      type: 'serial',
      name: 's',
      path: '/dev/ttyUSB0',
      baud_rate: 115_200,
      data_bits: 8,
      stop_bits: 1,
      parity: 'none',
      flow_control: 'none',
      retry_max_ms: 5000,
      format: { type: 'json', max_line_bytes: 4096 },
      channels: {},
      only_listed: false,
    });
    for (const config of [
      { type: 'tcp', name: 's', host: 'localhost', port: 3000 },
      { type: 'gpio', name: 's', chip: 'pinctrl-rp1' },
      { type: 'thermal', name: 's' },
      { type: 'system', name: 's' },
    ])
      expect(faults(config)).toEqual([]);
  });

  it.each([
    [{ type: 'serial', name: 's', path: '/dev/x', baudrate: 9600 }, 'Unrecognized key: "baudrate"'],
    [{ type: 'serial', name: 'a/b', path: '/dev/x' }, 'name: a source name is'],
    [
      { type: 'serial', name: 's', path: '/dev/x', format: { type: 'csv' } },
      'format.columns: name the columns',
    ],
    [
      { type: 'serial', name: 's', path: '/dev/x', format: { type: 'pattern', pattern: '(?<a>' } },
      'format.pattern',
    ],
    [
      { type: 'serial', name: 's', path: '/dev/x', format: { type: 'pattern', pattern: '\\d+' } },
      'format.pattern: the pattern has no named group',
    ],
    [
      { type: 'serial', name: 's', path: '/dev/x', format: { type: 'pattern', pattern: '(?<a>x)(?=y)' } },
      'format.pattern: error parsing regexp',
    ],
    [
      { type: 'serial', name: 's', path: '/dev/x', channels: { a: { name: 'c' }, b: { name: 'c' } } },
      'channels.b.name: "a" is already recorded as "c"',
    ],
    [
      { type: 'gpio', name: 's', chip: 'c', inputs: { a: { line: 3 } }, outputs: { b: { line: 3 } } },
      'outputs.b.line: line 3 is already used by "a"',
    ],
    [
      { type: 'gpio', name: 's', chip: 'c', inputs: { a: { line: 3 } }, outputs: { a: { line: 4 } } },
      'outputs.a: "a" is also the name of an input',
    ],
    [{ type: 'gpio', name: 's', chip: '--version' }, 'chip: a chip is named by'],
    [{ type: 'thermal', name: 's', interval_ms: 0 }, 'interval_ms'],
    [{ type: 'i2c', name: 's' }, 'type'],
  ])('names the place and the rule: %j', (config, expected) => {
    expect(faults(config).join('\n')).toContain(expected);
  });

  it('allows a name once', () => {
    const source = { type: 'thermal', name: 'cpu' };
    const result = sourcesSchema.safeParse([source, source]);
    expect(result.error?.issues).toMatchObject([
      { path: [1, 'name'], message: 'two sources are named "cpu"' },
    ]);
  });
});
