import type { ChannelDescription, ReadingValue } from '@weir/protocol';
import { silentLogger, WeirError } from '@weir/runtime';
import { describe, expect, it } from 'vitest';
import { ManualTime } from '../sources/manual-time.testing.js';
import type { SourceConfig } from '../sources/config.js';
import { sourceConfigSchema } from '../sources/config.js';
import { KEEP_ALL, rulesOf, type SamplingRule } from './rules.js';
import { Sampler, type SamplerOptions } from './sampler.js';

class Kept {
  readonly channels: ChannelDescription[] = [];
  readonly readings: [name: string, value: ReadingValue][] = [];
  readonly times: number[] = [];

  describe(channels: ChannelDescription[]): void {
    for (const channel of channels) this.channels[channel.index] = channel;
  }

  reading(channel: number, timeUs: number, value: ReadingValue): void {
    const described = this.channels[channel];
    if (described === undefined) throw new Error(`channel ${channel} was never described`);
    this.readings.push([described.name, value]);
    this.times.push(timeUs);
  }
}

function setUp(options: Partial<SamplerOptions> = {}): { sampler: Sampler; kept: Kept; time: ManualTime } {
  const [kept, time] = [new Kept(), new ManualTime()];
  const sampler = new Sampler({ out: kept, clock: time, timers: time, logger: silentLogger, ...options });
  return { sampler, kept, time };
}

const source = (config: unknown): SourceConfig => sourceConfigSchema.parse(config);

describe('channels', () => {
  it('are described once, at their first reading, before it', () => {
    const { sampler, kept } = setUp();
    const out = sampler.output('boiler');
    out.reading('temperature', 21.57, 10, { unit: 'Cel' });
    out.reading('on', true, 10);
    out.reading('temperature', 21.58, 20, { unit: 'Cel' });
    expect(kept.channels).toEqual([
      { index: 0, name: 'boiler/temperature', type: 'number', unit: 'Cel', intervalMs: null },
      { index: 1, name: 'boiler/on', type: 'boolean', unit: '', intervalMs: null },
    ]);
    expect(kept.readings).toEqual([
      ['boiler/temperature', 21.57],
      ['boiler/on', true],
      ['boiler/temperature', 21.58],
    ]);
  });

  it('keep type and unit; what does not fit is refused with both named', () => {
    const { sampler, kept } = setUp();
    const out = sampler.output('a');
    out.reading('t', 1, 1, { unit: 'Cel' });
    out.reading('t', 'warm', 2);
    out.reading('t', 300, 3, { unit: 'K' });
    out.reading('t', 2, 4);
    expect(kept.readings).toEqual([
      ['a/t', 1],
      ['a/t', 2],
    ]);
    expect(sampler.stats().refused).toEqual([
      { reason: 'type_changed', count: 1, channel: 'a/t', message: 'got text, the channel is number' },
      { reason: 'unit_changed', count: 1, channel: 'a/t', message: 'got "K", the channel is in "Cel"' },
    ]);
  });

  it('take type and unit from the configuration, which overrules the source', () => {
    const rules = rulesOf([
      source({ type: 'thermal', name: 'cpu', channels: { x: { name: 'core', unit: 'K' } } }),
      source({ type: 'serial', name: 's', path: '/dev/x', channels: { level: { type: 'number' } } }),
    ]);
    const { sampler, kept } = setUp({ rules });
    sampler.output('cpu').reading('core', 300, 1, { unit: 'Cel', intervalMs: 10_000 });
    sampler.output('s').reading('level', 'error', 1);
    sampler.output('s').reading('level', 5, 2);
    expect(kept.channels.map(({ name, unit, type, intervalMs }) => [name, unit, type, intervalMs])).toEqual([
      ['cpu/core', 'K', 'number', 10_000],
      ['s/level', '', 'number', null],
    ]);
    expect(kept.readings).toEqual([
      ['cpu/core', 300],
      ['s/level', 5],
    ]);
  });

  it.each([
    ['not_finite', NaN],
    ['not_finite', -Infinity],
    ['text_too_long', 'é'.repeat(2049)],
    ['not_unicode', 'a\ud800'],
  ] as const)('refuse %s', (reason, value) => {
    const { sampler, kept } = setUp();
    sampler.output('a').reading('t', value, 1);
    expect(kept.readings).toEqual([]);
    expect(kept.channels).toEqual([]);
    expect(sampler.stats().refused).toMatchObject([{ reason, count: 1, channel: 'a/t' }]);
  });

  it('keep a text of just the limit', () => {
    const { sampler, kept } = setUp();
    sampler.output('a').reading('t', 'é'.repeat(2048), 1);
    expect(kept.readings).toHaveLength(1);
  });

  it.each([-1, 0.5, NaN, 2 ** 60])('refuse the time %s', (us) => {
    const { sampler, kept } = setUp();
    sampler.output('a').reading('t', 1, us);
    expect(kept.readings).toEqual([]);
    expect(sampler.stats().refused).toMatchObject([{ reason: 'bad_time' }]);
  });

  it.each(['temp °C', '', '/x', 'a//b', 'x'.repeat(200), 'port', 'discarded_bytes'])(
    'refuse the name "%s"',
    (name) => {
      const { sampler, kept } = setUp();
      sampler.output('a').reading(name, 1, 1);
      expect(kept.readings).toEqual([]);
      expect(sampler.stats().refused).toMatchObject([{ reason: 'bad_name', count: 1 }]);
    },
  );

  it('are bounded for each source, so that one cannot take the room of another', () => {
    const { sampler, kept } = setUp({ channelsPerSourceMax: 3 });
    const noisy = sampler.output('noisy');
    for (let i = 0; i < 100; i++) noisy.reading(`c${i}`, 1, i);
    sampler.output('quiet').reading('t', 1, 1);
    expect(kept.channels.map(({ name }) => name)).toEqual(['noisy/c0', 'noisy/c1', 'noisy/c2', 'quiet/t']);
    expect(sampler.stats().refused).toEqual([
      { reason: 'too_many_channels', count: 97, channel: 'noisy/c99', message: 'one source may have 3' },
    ]);
  });

  it('are bounded in all, with the place of the port channels kept', () => {
    const { sampler, kept } = setUp({ channelsMax: 5 });
    const out = sampler.output('a');
    for (let i = 0; i < 10; i++) out.reading(`c${i}`, 1, i);
    out.port('open', '');
    out.discarded(Buffer.from('xx'), 'noise');
    sampler.close();
    expect(kept.channels.map(({ name }) => name)).toEqual([
      'a/c0',
      'a/c1',
      'a/c2',
      'a/port',
      'a/discarded_bytes',
    ]);
  });
});

describe('sampling', () => {
  it('follows the rule of the channel, else of the source, and counts what it leaves out', () => {
    const rules = rulesOf([
      source({
        type: 'serial',
        name: 's',
        path: '/dev/x',
        interval_ms: 1000,
        channels: { fast: { interval_ms: 10 }, level: { deadband: 5, interval_ms: 1 } },
      }),
    ]);
    const { sampler, kept } = setUp({ rules });
    const out = sampler.output('s');
    for (let i = 0; i < 100; i++)
      for (const name of ['slow', 'fast', 'level']) out.reading(name, i, i * 10_000);
    const count = (name: string): number => kept.readings.filter(([each]) => each === name).length;
    expect(count('s/fast')).toBe(100);
    expect(count('s/level')).toBe(17);
    expect(count('s/slow')).toBe(2);
    expect(sampler.stats()).toMatchObject({ kept: 119, thinned: 181, channels: 3 });
  });

  it('changes at run time, and the channel is described anew', () => {
    const { sampler, kept } = setUp();
    const out = sampler.output('a');
    out.reading('t', 0, 0);
    sampler.configure('a/t', { intervalMs: 1000, deadband: null });
    expect(kept.channels[0]).toMatchObject({ index: 0, name: 'a/t', intervalMs: 1000 });
    for (let i = 1; i <= 20; i++) out.reading('t', i, i * 100_000);
    expect(kept.readings.length).toBeLessThanOrEqual(4);
    sampler.configure('a/t', { intervalMs: null, deadband: 2 });
    const before = kept.readings.length;
    out.reading('t', 100, 3_000_000);
    out.reading('t', 101, 3_000_001);
    out.reading('t', 103, 3_000_002);
    expect(kept.readings.slice(before).map(([, value]) => value)).toEqual([100, 103]);
    sampler.configure('a/t', { intervalMs: null, deadband: null });
    out.reading('t', 103, 3_000_003);
    expect(kept.readings.at(-1)).toEqual(['a/t', 103]);
  });

  it('goes back to what is configured on null, and lifts a limit on 0', () => {
    const rules = (): SamplingRule => ({ ...KEEP_ALL, intervalMs: 1000 });
    const { sampler, kept } = setUp({ rules });
    const out = sampler.output('a');
    const keptOf = (startUs: number): number => {
      const before = kept.readings.length;
      for (let i = 0; i < 20; i++) out.reading('t', i, startUs + i * 100_000);
      return kept.readings.length - before;
    };
    expect(keptOf(0)).toBe(3);
    sampler.configure('a/t', { intervalMs: 0, deadband: null });
    expect(keptOf(10_000_000)).toBe(20);
    sampler.configure('a/t', { intervalMs: null, deadband: null });
    expect(keptOf(20_000_000)).toBe(3);
  });

  it('refuses to change what is not there or makes no sense', () => {
    const { sampler } = setUp();
    sampler.output('a').reading('t', 0, 0);
    const codeOf = (run: () => void): string => {
      try {
        run();
      } catch (thrown) {
        return WeirError.from(thrown).code;
      }
      return 'nothing was thrown';
    };
    expect(codeOf(() => sampler.configure('a/x', { intervalMs: 1, deadband: null }))).toBe(
      'sampler.unknown_channel',
    );
    expect(codeOf(() => sampler.configure('a/t', { intervalMs: -1, deadband: null }))).toBe(
      'sampler.bad_setting',
    );
    expect(codeOf(() => sampler.configure('a/t', { intervalMs: 1, deadband: NaN }))).toBe(
      'sampler.bad_setting',
    );
  });

  it('makes times rise strictly within a channel alone', () => {
    const { sampler, kept } = setUp();
    const out = sampler.output('a');
    out.reading('x', 1, 50);
    out.reading('y', 1, 50);
    out.reading('x', 2, 50);
    expect(kept.times).toEqual([50, 50, 51]);
  });
});

describe('the port', () => {
  it('is a channel of its own: states once each, with the reason', () => {
    const { sampler, kept } = setUp();
    const out = sampler.output('s');
    out.port('waiting', 'no such file');
    out.port('waiting', 'no such file');
    out.port('open', '');
    out.port('closed', 'unplugged');
    expect(kept.readings).toEqual([
      ['s/port', 'waiting: no such file'],
      ['s/port', 'open'],
      ['s/port', 'closed: unplugged'],
    ]);
    expect(sampler.stats().ports).toMatchObject([{ source: 's', state: 'closed', reason: 'unplugged' }]);
  });

  it('tells the sum of discarded bytes at most once a second, and the last sum always', () => {
    const { sampler, kept, time } = setUp();
    const out = sampler.output('s');
    for (let i = 0; i < 50; i++) out.discarded(Buffer.from('garbage'), 'not JSON');
    expect(kept.readings).toEqual([]);
    time.advance(1000);
    expect(kept.readings).toEqual([['s/discarded_bytes', 350]]);
    expect(kept.channels[0]).toMatchObject({ unit: 'B', type: 'number' });
    time.advance(10_000);
    expect(kept.readings).toHaveLength(1);
    out.discarded(Buffer.from('x'), 'not JSON');
    sampler.close();
    expect(kept.readings.at(-1)).toEqual(['s/discarded_bytes', 351]);
    expect(time.waiting).toBe(0);
    expect(sampler.stats().ports).toMatchObject([{ discardedBytes: 351, discardedReason: 'not JSON' }]);
  });

  it('counts what sources refuse', () => {
    const { sampler } = setUp();
    sampler.output('s').refused('t', 'no_value', 'null');
    expect(sampler.stats().refused).toEqual([
      { reason: 'no_value', count: 1, channel: 's/t', message: 'null' },
    ]);
  });
});
