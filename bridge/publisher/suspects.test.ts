import { describe, expect, it } from 'vitest';
import type { Publication } from '../payload.js';
import { Suspects } from './suspects.js';

const message = (identity: string): Publication => ({ topic: 't', payload: '', retain: false, identity });

function lose(suspects: Suspects, identity: string, times: number): boolean[] {
  return Array.from({ length: times }, () => suspects.lost(message(identity)));
}

describe('suspects', () => {
  it('are sent alone from the second loss in a row, and convicted at the fifth', () => {
    const suspects = new Suspects();
    expect(lose(suspects, 'a', 1)).toEqual([false]);
    expect(suspects.cautious).toBe(false);
    expect(lose(suspects, 'a', 1)).toEqual([false]);
    expect(suspects.cautious).toBe(true);
    expect(lose(suspects, 'a', 3)).toEqual([false, false, true]);
    expect(suspects.cautious).toBe(false);
  });

  it('are cleared when the broker answers them', () => {
    const suspects = new Suspects();
    lose(suspects, 'a', 4);
    expect(suspects.settled(message('b'))).toBe(false);
    expect(suspects.settled(message('a'))).toBe(true);
    expect(suspects.cautious).toBe(false);
    expect(lose(suspects, 'a', 4)).not.toContain(true);
  });

  it('change with the oldest message', () => {
    const suspects = new Suspects();
    for (let i = 0; i < 20; i++) expect(suspects.lost(message(String(i)))).toBe(false);
    expect(suspects.cautious).toBe(false);
  });
});
