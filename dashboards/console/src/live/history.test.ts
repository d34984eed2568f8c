import { describe, expect, it } from 'vitest';
import { waitFor } from '@weir/testing';
import type { ReadingsQuery } from '../api/client.js';
import { HubError } from '../api/errors.js';
import type { ChannelType, ReadingsPage, ReadingValue } from '../api/types.js';
import { ChannelSeries } from '../store/channel-series.js';
import { History } from './history.js';

const S = 1_000_000;

/** A store that holds a reading each second; answers as the hub does. */
class SecondsStore {
  readonly asked: ReadingsQuery[] = [];
  failure: HubError | null = null;
  readonly #value: (second: number) => ReadingValue;

  constructor(value: (second: number) => ReadingValue) {
    this.#value = value;
  }

  readings(query: ReadingsQuery): Promise<ReadingsPage> {
    this.asked.push(query);
    if (this.failure !== null) return Promise.reject(this.failure);
    const seconds: number[] = [];
    for (let second = Math.ceil(query.fromUs / S); second * S < query.toUs && second < 10_000; second++)
      seconds.push(second);
    return Promise.resolve(
      query.stepMs === undefined ? this.#page(query, seconds) : this.#steps(query, seconds),
    );
  }

  #page({ limit, cursor }: ReadingsQuery, seconds: number[]): ReadingsPage {
    const skipped = Number(cursor ?? 0);
    const page = seconds.reverse().slice(skipped, skipped + limit);
    return {
      timesUs: page.map((second) => second * S),
      values: page.map(this.#value),
      nextCursor: skipped + limit < seconds.length ? String(skipped + limit) : null,
    };
  }

  #steps({ stepMs = 1, aggregate }: ReadingsQuery, seconds: number[]): ReadingsPage {
    const steps = new Map<number, number>();
    const pick = aggregate === 'min' ? Math.min : Math.max;
    for (const second of seconds) {
      const startUs = Math.floor((second * 1_000) / stepMs) * stepMs * 1_000;
      const value = Number(this.#value(second));
      steps.set(startUs, pick(value, steps.get(startUs) ?? value));
    }
    return { timesUs: [...steps.keys()], values: [...steps.values()], nextCursor: null };
  }
}

const channel = (type: ChannelType): ChannelSeries =>
  new ChannelSeries({ channel: 'c', type, unit: '', intervalMs: 1_000, last: null });

describe('History', () => {
  it('fetches the newest one by one, and the extremes of what is older', async () => {
    const store = new SecondsStore((second) => (second === 6_500 ? 99 : 1));
    const series = channel('number');
    new History(store, 'd').want(series, 6_000 * S, 9_000 * S);
    await waitFor(() => series.coarse);
    const { times, values } = series.buffer;
    expect(times.filter((time) => time >= 7_060 * S)).toHaveLength(2_000);
    expect(times.length).toBeGreaterThan(2_400);
    expect(Math.max(...values)).toBe(99);
    expect(series.last?.timeUs).toBe(9_059 * S);
    expect(store.asked.map((query) => query.aggregate)).toEqual([undefined, 'min', 'max']);
  });

  it('asks for nothing twice, and for what a longer window needs besides', async () => {
    const store = new SecondsStore(() => 1);
    const series = channel('number');
    const history = new History(store, 'd');
    history.want(series, 8_900 * S, 9_000 * S);
    history.want(series, 8_950 * S, 9_000 * S);
    history.want(series, 8_000 * S, 9_000 * S);
    await waitFor(() => series.buffer.oldestUs === 8_000 * S);
    expect(store.asked.map(({ fromUs, toUs }) => [fromUs / S, toUs / S])).toEqual([
      [8_900, 9_060],
      [8_000, 8_900],
    ]);
    expect(series.buffer.length).toBe(1_060);
  });

  it('follows the pages of a state', async () => {
    const store = new SecondsStore((second) => second % 2 === 0);
    const series = channel('boolean');
    new History(store, 'd').want(series, 4_000 * S, 9_000 * S);
    await waitFor(() => series.buffer.oldestUs === 4_000 * S);
    expect(series.buffer.length).toBe(5_060);
    expect(store.asked.map((query) => query.cursor)).toEqual([undefined, '2000', '4000']);
  });

  it('asks again for what could not be had', async () => {
    const store = new SecondsStore(() => 1);
    const series = channel('number');
    const history = new History(store, 'd');
    store.failure = new HubError('unreachable', 'gone');
    history.want(series, 8_900 * S, 9_000 * S);
    await waitFor(() => store.asked.length === 1);
    store.failure = null;
    await waitFor(() => {
      history.want(series, 8_900 * S, 9_000 * S);
      return series.buffer.length > 0;
    });
  });
});
