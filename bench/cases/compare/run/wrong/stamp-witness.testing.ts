/**
 * A witness as it should not be, the other half of coordinated omission: it measures from the time that is stamped on a
 * reading, which is when it was sent, not when it was due.
 */
import { systemClock } from '@weir/runtime';
import { serve } from '../../../../processes/serve.js';
import { urlOf } from '../../clients/assignment.js';
import { SocketCarrier } from '../../clients/display/socket-carrier.js';
import { Sightings } from '../../clients/sightings.js';
import type { ReceiverMethods } from '../../clients/serve-receiver.js';
import { Timings } from '../../clients/timings.js';
import { Schedule } from '../../schedule.js';
import { until } from '../../../../measure/cpu.js';

interface Batch {
  readonly values: readonly number[];
  /** UTC, us. */
  readonly times_us: readonly number[];
}

const stamped = new Timings();
let schedule: Schedule;
let sightings: Sightings;
let endUs = Infinity;

function saw({ values, times_us: timesUs }: Batch): void {
  const nowUs = systemClock.utcUs();
  for (const [place, reading] of values.entries()) {
    sightings.saw(0, reading);
    if (reading >= 0 && schedule.measured(0, reading)) stamped.add(nowUs - (timesUs[place] ?? NaN));
  }
}

const methods: ReceiverMethods = {
  connect: async ({ plan, server, prefix }) => {
    schedule = new Schedule(plan);
    sightings = new Sightings(schedule, 1);
    const target = { url: urlOf(server, 'http'), token: server.token, devices: `${prefix}*` };
    const carrier = new SocketCarrier(target, {
      messages: (messages) =>
        messages.flatMap(({ batches = [] }) => batches as unknown as Batch[]).forEach(saw),
      failed: (error) => {
        throw error;
      },
    });
    await carrier.open();
  },
  run: async ({ startUs }) => {
    sightings.startUs = startUs;
    endUs = startUs + schedule.endUs + 10e6;
    await Promise.race([sightings.complete, until(endUs)]);
  },
  result: () => ({ ...sightings.result(), latency: stamped.record(), polls: null, cpuS: 0 }),
};

serve(methods);
