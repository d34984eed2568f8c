import { describe, expect, it } from 'vitest';
import { ManualTime } from '../timers.testing.js';
import { AckDeadline } from './ack-deadline.js';

function deadlineOf(): { time: ManualTime; deadline: AckDeadline; expired: () => number } {
  const time = new ManualTime();
  let count = 0;
  const deadline = new AckDeadline(1_000, { timers: time, clock: time }, () => count++);
  return { time, deadline, expired: () => count };
}

describe('the acknowledgement deadline', () => {
  it('expires when messages wait and nothing is acknowledged', () => {
    const { time, deadline, expired } = deadlineOf();
    deadline.note(1, false);
    time.advance(500);
    deadline.note(2, false);
    time.advance(499);
    expect(expired()).toBe(0);
    time.advance(1);
    expect(expired()).toBe(1);
  });

  it('moves with each acknowledgement', () => {
    const { time, deadline, expired } = deadlineOf();
    deadline.note(5, false);
    for (let i = 0; i < 10; i++) {
      time.advance(900);
      deadline.note(4, true);
    }
    expect(expired()).toBe(0);
    time.advance(1_000);
    expect(expired()).toBe(1);
  });

  it('does not run while nothing waits, and begins anew with the next message', () => {
    const { time, deadline, expired } = deadlineOf();
    deadline.note(1, false);
    deadline.note(0, true);
    time.advance(10_000);
    expect(time.waiting).toBe(0);
    deadline.note(1, false);
    time.advance(999);
    expect(expired()).toBe(0);
    deadline.stop();
    time.advance(10_000);
    expect(expired()).toBe(0);
  });
});
