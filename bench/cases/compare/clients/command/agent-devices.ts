import { createDevice, type Device } from '@weir/device-agent';
import { systemClock } from '@weir/runtime';
import { CHANNEL, GREETING, SOURCE, urlOf, type Assignment } from '../assignment.js';
import type { OpenReceiver, ReceiverNotes } from '../receiver.js';

/** Devices of the agent's own code, which get their commands over their WebSocket. */
export const openAgentDevices: OpenReceiver = async (assignment, notes) => {
  const { devices: count } = assignment.plan.scenario;
  const opening = Array.from({ length: count }, (_, number) => openOne(number, assignment, notes));
  const opened = await Promise.allSettled(opening);
  const devices = opened.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  const close = async (): Promise<void> => {
    await Promise.all(devices.map((device) => device.close()));
  };
  const failure = opened.find((each) => each.status === 'rejected');
  if (failure === undefined) return { close };
  await close();
  throw failure.reason;
};

async function openOne(
  number: number,
  { server, prefix }: Assignment,
  { saw, failed }: ReceiverNotes,
): Promise<Device> {
  const device = await createDevice({
    ...{ device: `${prefix}${number}`, hub: urlOf(server, 'ws'), token: server.token, spool: 'memory' },
    command: ({ value }) => {
      saw(number, Number(value));
      return Promise.resolve('');
    },
  });
  device.output(SOURCE).reading(CHANNEL, GREETING, systemClock.monotonicUs());
  await device.drained();
  device.onState((state, reason) => {
    if (state === 'disconnected') failed(new Error(`${device.name} lost its connection: ${reason}`));
  });
  return device;
}
