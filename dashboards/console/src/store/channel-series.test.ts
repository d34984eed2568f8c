import { describe, expect, it } from 'vitest';
import type { Channel } from '../api/types.js';
import { ChannelSeries } from './channel-series.js';
import { DeviceReadings } from './device-readings.js';
import { groupChannels } from './channel-groups.js';
import { runsBetween } from './runs.js';

const channel = (fields: Partial<Channel> = {}): Channel => ({
  channel: 'boiler/temperature',
  type: 'number',
  unit: 'Cel',
  intervalMs: 1_000,
  last: null,
  ...fields,
});

const S = 1_000_000;

describe('ChannelSeries', () => {
  it('keeps the value of the newest time as its last, whatever came last', () => {
    const series = new ChannelSeries(channel());
    series.take([100 * S], [20], 100_000);
    series.take([60 * S, 61 * S], [5, 6], 100_500);
    expect(series.last).toEqual({ timeUs: 100 * S, value: 20 });
    expect([...series.buffer.times]).toEqual([60 * S, 61 * S, 100 * S]);
  });

  it('counts what came late, but nothing of the history and nothing twice', () => {
    const series = new ChannelSeries(channel());
    series.take([10 * S, 11 * S], [1, 2], null);
    series.take([100 * S], [3], 100_100);
    expect(series.lateCount).toBe(0);
    series.take([50 * S, 51 * S], [4, 5], 101_000);
    series.take([50 * S], [4], 102_000);
    expect(series.lateCount).toBe(2);
    expect([...series.buffer.late]).toEqual([0, 0, 1, 1, 0]);
  });

  it('begins with the last value that the hub knows', () => {
    const series = new ChannelSeries(channel({ last: { timeUs: 7 * S, value: 21.57 } }));
    expect(series.last).toEqual({ timeUs: 7 * S, value: 21.57 });
    expect(series.decimals).toBe(2);
  });

  it('leaves out values of another type', () => {
    const series = new ChannelSeries(channel());
    series.take([1, 2, 3], ['x', true, 4], null);
    expect([...series.buffer.values]).toEqual([4]);
  });

  it('draws lows and highs of steps without taking them for readings', () => {
    const series = new ChannelSeries(channel());
    series.take([100 * S], [20], 100_000);
    const lows = { timesUs: [0, 10 * S], values: [1, 2] };
    const highs = { timesUs: [0, 10 * S], values: [8, 9] };
    series.takeExtremes(lows, highs, 10_000, 15 * S);
    expect([...series.buffer.times]).toEqual([0, 5 * S, 10 * S, 100 * S]);
    expect(series.last).toEqual({ timeUs: 100 * S, value: 20 });
    expect(series.coarse).toEqual({ untilUs: 15 * S, stepMs: 10_000 });
  });
});

describe('states', () => {
  it('hold until the next reading, and become runs', () => {
    const series = new ChannelSeries(channel({ type: 'text', intervalMs: null }));
    series.take([10, 20, 30, 40], ['open', 'open', 'closed', 'open'], null);
    const runs = runsBetween(series.buffer, 15, 50);
    expect(runs.map((run) => [run.fromUs, run.toUs, series.labels.textOf(run.value)])).toEqual([
      [15, 30, 'open'],
      [30, 40, 'closed'],
      [40, 50, 'open'],
    ]);
    expect(runsBetween(series.buffer, 41, 41)).toEqual([]);
  });

  it('tell no more than a bounded number of texts apart', () => {
    const series = new ChannelSeries(channel({ type: 'text' }));
    for (let index = 0; index < 3_000; index++) series.take([index], [`text ${index}`], null);
    expect(new Set(series.buffer.values).size).toBe(1_025);
    expect(series.labels.textOf(series.buffer.values.at(-1)!)).toBe('…');
    expect(series.last?.value).toBe('text 2999');
  });
});

describe('DeviceReadings', () => {
  const batch = {
    device: 'd',
    channel: 'a/b',
    type: 'number',
    unit: '',
    timesUs: [1, 2],
    values: [3, 4],
  } as const;

  it('takes batches of described channels only, and tells of new ones', () => {
    const readings = new DeviceReadings('d');
    let told = 0;
    readings.onChannels = () => told++;
    expect(readings.take(batch, 0)).toBe(false);
    readings.describe([channel({ channel: 'a/b' })]);
    readings.describe([channel({ channel: 'a/b', intervalMs: 250 })]);
    expect(readings.take(batch, 0)).toBe(true);
    expect([told, readings.received, readings.channels[0]?.intervalMs]).toEqual([1, 2, 250]);
  });

  it('are grouped by what stands before the last slash', () => {
    const series = ['load', 'boiler/flow', 'boiler/return', 'rack/3/fan'].map(
      (name) => new ChannelSeries(channel({ channel: name })),
    );
    const shape = (words: string) =>
      groupChannels(series, words).map((group) => [group.name, group.channels.map((each) => each.label)]);
    expect(shape('')).toEqual([
      ['', ['load']],
      ['boiler', ['flow', 'return']],
      ['rack/3', ['fan']],
    ]);
    expect(shape('BOI ret')).toEqual([['boiler', ['return']]]);
  });
});
