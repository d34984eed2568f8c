import { createDevice, type Device } from '@weir/device-agent';
import { systemClock } from '@weir/runtime';
import { CHANNEL, GREETING, SOURCE, urlOf, type Assignment } from '../assignment.js';
import type { OpenSender, SenderNotes } from '../sender.js';

/** A batch is full long before: only what is left at the end waits so long, and `finish` sends that. */
const BATCH_DELAY_INTERVALS = 10;

/**
 * Devices of the agent's own code over WebSocket and CBOR, spool in memory. With one reading a message a frame leaves in the
 * call that hands the reading over; the batcher's delay is for batches alone.
 */
export const openAgents: OpenSender = async (assignment, notes) => {
  const count = assignment.plan.scenario.devices;
  const opened = await Promise.allSettled(
    Array.from({ length: count }, (_, device) => openOne(device, assignment, notes)),
  );
  const devices = opened.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  const close = async (): Promise<void> => {
    await Promise.all(devices.map((device) => device.close()));
  };
  const failure = opened.find((each) => each.status === 'rejected');
  if (failure !== undefined) {
    await close();
    throw failure.reason;
  }
  const outputs = devices.map((device) => device.output(SOURCE));
  return {
    send: (device, reading) => outputs[device]?.reading(CHANNEL, reading, systemClock.monotonicUs()),
    finish: async () => {
      await Promise.all(devices.map((device) => device.drained()));
    },
    close,
  };
};

async function openOne(
  number: number,
  { plan: { scenario }, server, prefix }: Assignment,
  { confirmed, failed }: SenderNotes,
): Promise<Device> {
  const { readingsPerMessage, rateHz } = scenario;
  const fillMs = (readingsPerMessage * 1000) / (rateHz ?? Infinity);
  const device = await createDevice({
    ...{ device: `${prefix}${number}`, hub: urlOf(server, 'ws'), token: server.token, spool: 'memory' },
    batch: { maxReadings: readingsPerMessage, maxDelayMs: Math.max(50, BATCH_DELAY_INTERVALS * fillMs) },
  });
  // A hub takes a device's frames in order, and they are numbered from the greeting on.
  let next = GREETING;
  device.onAck((readings, _takenUs, ackedUs) => {
    for (let left = readings; left > 0; left--) confirmed(number, next++, ackedUs);
  });
  device.output(SOURCE).reading(CHANNEL, GREETING, systemClock.monotonicUs());
  await device.drained();
  device.onState((state, reason) => {
    if (state === 'disconnected') failed(new Error(`${device.name} lost its connection: ${reason}`));
  });
  return device;
}
