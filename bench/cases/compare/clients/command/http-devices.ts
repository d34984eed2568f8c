import { Schedule } from '../../schedule.js';
import { PollTally } from '../display/poll-tally.js';
import { Polling } from '../display/polling.js';
import type { OpenReceiver } from '../receiver.js';
import { HttpDevice } from './http-device.js';

/** Devices that get their commands by requests, as the method says. */
export const openHttpDevices: OpenReceiver = async (assignment, notes) => {
  const { plan } = assignment;
  const { devices: count, method, pollMs } = plan.scenario;
  const devices = Array.from({ length: count }, (_, number) => new HttpDevice(number, assignment, notes));
  const close = (): void => devices.forEach((device) => device.close());
  try {
    await Promise.all(devices.map((device) => device.greet()));
    if (method === 'sse') await Promise.all(devices.map((device) => device.listen()));
  } catch (error) {
    close();
    throw error;
  }
  if (method === 'long-poll') devices.forEach((device) => device.follow());
  if (pollMs === null) return { close };
  const tally = new PollTally(new Schedule(plan));
  const pollings = devices.map((device, number) => {
    // Each at times of its own; the first at those that the theory takes.
    const own = { ...plan, seed: plan.seed + number };
    return new Polling(own, tally, () => device.ask(), device.failed);
  });
  return {
    start: (startUs) => pollings.forEach((polling) => polling.start(startUs)),
    get polls() {
      return tally.record();
    },
    close() {
      pollings.forEach((polling) => polling.close());
      close();
    },
  };
};
