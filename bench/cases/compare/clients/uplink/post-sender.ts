import type { OpenSender } from '../sender.js';
import { Poster } from './poster.js';

/** Devices that POST their readings, by connections that the method says how to keep. */
export const openPosters: OpenSender = async (assignment, notes) => {
  const { devices } = assignment.plan.scenario;
  const posters = Array.from({ length: devices }, (_, device) => new Poster(device, assignment, notes));
  const close = (): void => posters.forEach((poster) => poster.close());
  try {
    await Promise.all(posters.map((poster) => poster.greet()));
  } catch (error) {
    close();
    throw error;
  }
  return {
    send: (device, reading) => posters[device]?.send(reading),
    finish: async () => {
      await Promise.all(posters.map((poster) => poster.finish()));
    },
    close,
  };
};
