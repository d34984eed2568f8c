import { describe, expect, it } from 'vitest';
import { Acknowledgements } from './acknowledgements.js';

/** When acknowledgements go by themselves, ms; times of what happens in ms. */
function acknowledged(
  happens: (end: { received: (ms: number) => void; sent: (ms: number, last?: boolean) => void }) => void,
): number[] {
  const times: number[] = [];
  const end = new Acknowledgements('up', (_, atUs) => times.push(atUs / 1000));
  happens({
    received: (ms) => end.received(ms * 1000),
    sent: (ms, last = false) => end.sent(ms * 1000, last),
  });
  return times;
}

describe('an end of a connection', () => {
  it('acknowledges the first segment at once, then every second', () => {
    expect(
      acknowledged(({ received }) => {
        for (const ms of [0, 10, 20, 30, 40]) received(ms);
      }),
    ).toEqual([0, 20, 40]);
  });

  it('acknowledges a single one after 40 ms', () => {
    expect(
      acknowledged(({ received }) => {
        for (const ms of [0, 100, 200, 300]) received(ms);
      }),
    ).toEqual([0, 140, 240]);
  });

  it('lets what it sends take the acknowledgement along, if that goes in time', () => {
    expect(
      acknowledged(({ received, sent }) => {
        received(0);
        for (const [comes, goes] of [
          [100, 101],
          [200, 239],
          [300, 345],
        ] as const) {
          received(comes);
          sent(goes);
        }
      }),
    ).toEqual([0, 340]);
  });

  it('acknowledges at once when it has ended itself', () => {
    expect(
      acknowledged(({ received, sent }) => {
        received(0);
        sent(50, true);
        received(90);
      }),
    ).toEqual([0, 90]);
  });
});
