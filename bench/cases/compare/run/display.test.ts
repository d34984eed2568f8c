import { tmpdir } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { delayOnly } from '../../../network/impairments.js';
import { canNamespace } from '../../../network/link.js';
import type { DownMethod } from '../clients/display/carrier.js';
import type { RunRecord } from '../record.js';
import type { Scenario } from '../scenario.js';
import { Lab } from './lab.js';
import { runScenario } from './run-scenario.js';

const DELAY_MS = 20;
const MEASURED_S = 1;
/** Of small packets over a link of ours. */
const PROBE_JITTER_US = 1_000;

describe.skipIf((await canNamespace()) !== null)('a page across the link', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await Lab.open({ signal: new AbortController().signal, dir: tmpdir() });
  });
  afterAll(() => lab.close());

  const shown = (method: DownMethod, changes: Partial<Scenario> = {}): Promise<RunRecord> => {
    const scenario: Scenario = {
      ...{ direction: 'display', method, network: delayOnly(DELAY_MS), noDelay: true },
      ...{ devices: 2, rateHz: 20, readingsPerMessage: 1 },
      pollMs: method.startsWith('poll') ? 100 : null,
      ...changes,
    };
    return runScenario(
      { scenario, replicate: 0, replicates: 1, seed: 3, warmupS: 0.3, measuredS: MEASURED_S },
      lab,
    );
  };

  const expectWhole = ({ plan: { scenario }, readings, latency }: RunRecord): void => {
    const due = scenario.devices * (scenario.rateHz ?? 0) * MEASURED_S;
    expect(readings).toEqual({ due, arrived: due, lost: 0, duplicated: 0 });
    expect(latency).toMatchObject({ count: due, zeros: 0, negatives: 0 });
    expect(latency.p50Us).toBeGreaterThanOrEqual(DELAY_MS * 1000 - PROBE_JITTER_US);
  };

  it.each(['ws', 'sse'] as const)(
    'sees by %s every reading once, for no packet of its own',
    async (method) => {
      const record = await shown(method);
      expectWhole(record);
      expect(record.wire.window.up.payload).toBe(0);
      expect(record.wire.connections).toBe(0);
      expect(record.polls).toBeNull();
      expect(record.nearMeanUs).toBeGreaterThan(0);
      expect(record.nearMeanUs).toBeLessThan(record.latency.meanUs - (DELAY_MS * 1000) / 2);
    },
  );

  it('sees by long polling what was stored between two requests', async () => {
    // Five readings come in each round trip, in which no request waits at the hub.
    const record = await shown('long-poll', { devices: 1, rateHz: 125 });
    expectWhole(record);
    expect(record.wire.connections).toBe(0);
    expect(record.polls).toBeNull();
  });

  it('polls when polls are due, over one connection', async () => {
    const record = await shown('poll');
    expectWhole(record);
    expect(record.wire.connections).toBe(0);
    const { asked = 0, merged = 0, roundTripMeanUs = 0 } = record.polls ?? {};
    expect(asked + merged).toBeGreaterThanOrEqual((MEASURED_S * 1000) / 110);
    expect(asked + merged).toBeLessThanOrEqual((MEASURED_S * 1000) / 90 + 1);
    expect(roundTripMeanUs).toBeGreaterThanOrEqual(2 * (DELAY_MS * 1000 - PROBE_JITTER_US));
  });

  it('polls over a new connection each time', async () => {
    const record = await shown('poll-new');
    expectWhole(record);
    const asked = record.polls?.asked ?? 0;
    expect(Math.abs(record.wire.connections - asked)).toBeLessThanOrEqual(1);
    expect(record.polls?.roundTripMeanUs).toBeGreaterThanOrEqual(4 * (DELAY_MS * 1000 - PROBE_JITTER_US));
  });

  it('asks once for all polls that fell due while one was under way', async () => {
    const record = await shown('poll', { pollMs: 10 });
    expectWhole(record);
    const { asked = 0, merged = 0 } = record.polls ?? {};
    expect(merged).toBeGreaterThan(asked);
    expect(asked).toBeLessThanOrEqual((MEASURED_S * 1000) / (2 * DELAY_MS - 2));
  });
});
