/** The end of a run: stop the sensors, let everything under way arrive, then count at each end. */
import { caughtUp, type Services } from './services.js';
import type { Senders } from './senders.js';
import { summarise, type Summary } from './summary.js';

const DRAIN_MS_MAX = 60_000;
const ARRIVAL_MS_MAX = 10_000;
const POLL_MS = 20;

/** What has not arrived when the time is up is missing from the counts, and `isWhole` says so. */
export async function drain(services: Services, senders: Senders): Promise<Summary> {
  await senders.stopSensors();
  await within(DRAIN_MS_MAX, senders.drained());
  await within(DRAIN_MS_MAX, caughtUp(services.client, services.bridge));
  const { sent, acked, devices } = senders.counts();
  const deadline = performance.now() + ARRIVAL_MS_MAX;
  while (services.subscriber.counts().readings < sent && performance.now() < deadline) await pause(POLL_MS);
  const after = await services.client.count(senders.names);
  const stored = after.readings - services.before.readings;
  const different = after.distinct - services.before.distinct;
  return summarise(
    {
      devices,
      sent,
      acked,
      stored,
      duplicates: stored - different,
      published: services.subscriber.counts().readings,
    },
    senders.latency,
  );
}

async function within(ms: number, work: Promise<void>): Promise<void> {
  const timer = new AbortController();
  await Promise.race([work, pause(ms, timer.signal)]);
  timer.abort();
}

function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener('abort', () => clearTimeout(timer));
  });
}
