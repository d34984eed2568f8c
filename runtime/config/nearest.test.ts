import { describe, expect, it } from 'vitest';
import { nearest, nearestFew } from './nearest.js';

describe('nearest', () => {
  it.each([
    ['hots', ['host', 'port'], 'host'],
    ['Boiler', ['boiler', 'toiler'], 'boiler'],
    ['temp', ['boiler/temperature', 'boiler/flow'], 'boiler/temperature'],
    ['nothing', ['like', 'it'], null],
    ['', ['a'], 'a'],
  ])('%j of %j is %j', (word, candidates, expected) => {
    expect(nearest(word, candidates)).toBe(expected);
  });

  it('gives the few nearest, nearest first, the earlier first among equals', () => {
    expect(nearestFew('pi-1', ['pi-22', 'pi-2', 'pi-3', 'far-away', 'pi-1x'], 3)).toEqual([
      'pi-1x',
      'pi-2',
      'pi-3',
    ]);
  });

  it('does not look through millions', () => {
    function* endless(): Generator<string> {
      for (;;) yield 'x'.repeat(40);
    }
    expect(nearest('pi-1', endless())).toBeNull();
  });
});
