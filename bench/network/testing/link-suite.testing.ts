/** What any link that delays has to do, whatever it is made of. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { delayOnly, type Impairment, type Impairments } from '../impairments.js';
import { openLink, type Link } from '../link.js';
import { sumsOf } from '../trace.js';
import { peersAcross } from './peers.testing.js';

/** What this machine may add to a delay when it does much else, ms. */
const SLACK_MS = 60;
const signal = new AbortController().signal;

export function bothWays(name: string, way: Partial<Impairment>): Impairments {
  const { up, down } = delayOnly(5);
  return { name, up: { ...up, ...way }, down: { ...down, ...way } };
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;

export function describeLink(mode: 'namespaces' | 'proxy'): void {
  describe(`a link by ${mode}`, () => {
    let link: Link;
    beforeAll(async () => {
      link = await openLink(delayOnly(5), { seed: 1, signal, mode });
    });
    afterAll(() => link.close());

    it('probes the delay that it was told, and another while it is up', async () => {
      for (const delayMs of [1, 100]) {
        await link.impair(delayOnly(delayMs));
        for (const way of Object.values(await link.probe())) {
          expect(way.p50Ms).toBeGreaterThan(delayMs - 0.1);
          expect(way.p50Ms).toBeLessThan(delayMs + SLACK_MS);
          expect(way.lossRatio).toBe(0);
        }
      }
    });

    it('gives a first answer after two round trips, the next ones after one', async () => {
      await link.impair(delayOnly(25));
      const { device, echo } = await peersAcross(link);
      const first: number[] = [];
      const later: number[] = [];
      for (let connection = 0; connection < 7; connection++) {
        first.push(await device.call('connectAndExchange', { ...echo, bytes: 100 }));
        later.push(await device.call('exchange', 100));
        await device.call('hangUp');
      }
      expect(Math.min(...first)).toBeGreaterThan(4 * 25 - 0.2);
      expect(median(first)).toBeLessThan(4 * 25 + SLACK_MS);
      expect(Math.min(...later)).toBeGreaterThan(2 * 25 - 0.2);
      expect(median(later)).toBeLessThan(2 * 25 + SLACK_MS);
    });

    it('delays each way by its own', async () => {
      const { up } = delayOnly(2);
      const { down } = delayOnly(150);
      await link.impair({ name: 'asymmetric', up, down });
      const achieved = await link.probe();
      expect(achieved.down.p50Ms - achieved.up.p50Ms).toBeGreaterThan(148 - SLACK_MS);
      expect(achieved.down.p50Ms - achieved.up.p50Ms).toBeLessThan(148 + SLACK_MS);
    });

    it('takes as long for much as its rate says', async () => {
      await link.impair(bothWays('slow', { bitsPerS: 2e6 }));
      const { device, echo } = await peersAcross(link);
      await device.call('connect', echo);
      // There and back at the same time: 1 s each way.
      expect(await device.call('exchange', 250_000)).toBeGreaterThan(1_000);
    });

    it('loses nothing of a connection, though it loses packets', async () => {
      await link.impair(bothWays('lossy', { lossRatio: 0.05 }), 7);
      const { up, down } = await link.probe();
      for (const { lossRatio } of [up, down]) expect(Math.abs(lossRatio - 0.05)).toBeLessThan(0.03);
      const { device, echo } = await peersAcross(link);
      await link.startTrace();
      await device.call('connect', echo);
      await device.call('exchange', 500_000);
      const trace = await link.takeTrace();
      for (const way of ['up', 'down'] as const) {
        expect(trace.lost[way]).toBeGreaterThan(0);
        // What was lost has been sent again.
        expect(sumsOf(trace, way, 0, Infinity).payload).toBeGreaterThan(500_000);
      }
    });
  });
}
