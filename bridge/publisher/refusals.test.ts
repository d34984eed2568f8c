import { describe, expect, it } from 'vitest';
import { silentLogger } from '@weir/runtime';
import type { Publication } from '../payload.js';
import { ManualTime } from '../timers.testing.js';
import { Refusals } from './refusals.js';

const HOUR_MS = 3_600_000;
const tooLarge = { reason: 'packet too large', topicForbidden: false };
const notAuthorized = { reason: 'not authorized', topicForbidden: true };

const reading = (identity: string | null, topic = 't'): Publication => ({
  topic,
  payload: '',
  retain: false,
  identity,
});

function setUp(): { time: ManualTime; refusals: Refusals } {
  const time = new ManualTime();
  return { time, refusals: new Refusals(silentLogger, time) };
}

describe('refusals', () => {
  it('are counted once by message, however often it comes again', () => {
    const { refusals } = setUp();
    refusals.refuse(reading('1'), tooLarge);
    expect([refusals.holdsBack(reading('1')), refusals.holdsBack(reading('1'))]).toEqual([true, true]);
    expect(refusals.holdsBack(reading('2'))).toBe(false);
    expect(refusals.byReason()).toEqual({ 'packet too large': 1 });
  });

  it('of a topic hold for all its messages, for an hour', () => {
    const { refusals, time } = setUp();
    refusals.refuse(reading('1'), notAuthorized);
    expect(refusals.holdsBack(reading('2'))).toBe(true);
    expect(refusals.holdsBack(reading('2', 'other'))).toBe(false);
    expect(refusals.byReason()).toEqual({ 'not authorized': 2 });
    time.advance(HOUR_MS);
    expect(refusals.holdsBack(reading('3'))).toBe(false);
  });

  it('of a status do not hold for the next one, unless its topic is forbidden', () => {
    const { refusals } = setUp();
    refusals.refuse(reading(null), tooLarge);
    expect(refusals.holdsBack(reading(null))).toBe(false);
    refusals.refuse(reading(null), notAuthorized);
    expect(refusals.holdsBack(reading(null))).toBe(true);
  });

  it('are kept in bounded numbers', () => {
    const { refusals } = setUp();
    for (let i = 0; i < 1_001; i++)
      refusals.refuse(reading(String(i)), { ...tooLarge, reason: `reason ${i}` });
    expect(refusals.holdsBack(reading('0'))).toBe(false);
    expect(refusals.holdsBack(reading('1'))).toBe(true);
    expect(Object.keys(refusals.byReason())).toHaveLength(33);
    expect(refusals.byReason()['other reasons']).toBe(1_001 - 32);
    expect(refusals.count).toBe(1_001);
    for (let i = 0; i < 10_001; i++) refusals.refuse(reading('x', `topic ${i}`), notAuthorized);
    expect(refusals.holdsBack(reading('x', 'topic 0'))).toBe(false);
    expect(refusals.holdsBack(reading('x', 'topic 1'))).toBe(true);
  });
});
