import { describe, expect, it } from 'vitest';
import type { Device } from '../api/types.js';
import { needsAttention } from './attention.js';
import { countStates, filterDevices, Fleet } from './fleet.js';
import { Rate } from './rate.js';
import { scrollToRow, visibleRows } from './window-list.js';

const device = (name: string, fields: Partial<Device> = {}): Device => ({
  device: name,
  state: 'online',
  connectedSinceUs: 0,
  lastSeenUs: 0,
  agent: '',
  remote: '',
  channels: 1,
  readings: 0,
  backlogFrames: 0,
  backlogEndUs: null,
  rejected: 0,
  lost: 0,
  clock: null,
  ...fields,
});

describe('Fleet', () => {
  it('sorts numbers in names by size', () => {
    const fleet = new Fleet();
    fleet.replace(
      ['pump-10', 'pump-9', 'a'].map((name) => device(name)),
      0,
    );
    expect(fleet.devices.map((each) => each.device)).toEqual(['a', 'pump-9', 'pump-10']);
  });

  it('works out the pace of readings from two lists', () => {
    const fleet = new Fleet();
    fleet.replace([device('a', { readings: 100 })], 1_000);
    expect(fleet.find('a')?.perSecond).toBeNull();
    fleet.replace([device('a', { readings: 120 })], 3_000);
    expect(fleet.find('a')?.perSecond).toBe(10);
    fleet.replace([device('a', { readings: 0 })], 5_000);
    expect(fleet.find('a')?.perSecond).toBe(0);
  });

  it('takes a single state between lists and keeps the pace', () => {
    const fleet = new Fleet();
    fleet.replace([device('a', { readings: 0 })], 0);
    fleet.replace([device('a', { readings: 50 })], 1_000);
    fleet.update(device('a', { state: 'offline' }));
    fleet.update(device('0-new'));
    expect(fleet.devices.map((each) => [each.device, each.state, each.perSecond])).toEqual([
      ['0-new', 'online', null],
      ['a', 'offline', 50],
    ]);
  });

  it('is filtered by words and state', () => {
    const fleet = new Fleet();
    fleet.replace([device('green-1'), device('green-2', { state: 'stale' }), device('red-1')], 0);
    const names = (words: string, state: 'stale' | null) =>
      filterDevices(fleet.devices, words, state).map((each) => each.device);
    expect(names('  GREEN ', null)).toEqual(['green-1', 'green-2']);
    expect(names('1 green', null)).toEqual(['green-1']);
    expect(names('', 'stale')).toEqual(['green-2']);
    expect(countStates(fleet.devices)).toEqual({ online: 2, stale: 1, offline: 0 });
  });

  it('names first those lost most recently, then the largest backlogs', () => {
    const fleet = new Fleet();
    fleet.replace(
      [
        device('fine'),
        device('behind', { backlogFrames: 5 }),
        device('far-behind', { backlogFrames: 500 }),
        device('long-gone', { state: 'offline', lastSeenUs: 1 }),
        device('just-gone', { state: 'stale', lastSeenUs: 9 }),
      ],
      0,
    );
    const names = needsAttention(fleet.devices).map((each) => each.device);
    expect(names).toEqual(['just-gone', 'long-gone', 'far-behind', 'behind']);
  });
});

describe('Rate', () => {
  it('is unknown at first, and after the counter fell', () => {
    const rate = new Rate();
    expect(rate.sample(100, 0)).toBeNull();
    expect(rate.sample(300, 1_000)).toBe(200);
    expect(rate.sample(300, 2_000)).toBe(100);
    expect(rate.sample(5, 3_000)).toBeNull();
    expect(rate.sample(15, 4_000)).toBe(10);
  });
});

describe('a windowed list', () => {
  it('has the rows in view and a few beyond', () => {
    expect(visibleRows(0, 540, 54, 5_000)).toEqual({ first: 0, end: 16 });
    expect(visibleRows(54_000, 540, 54, 5_000)).toEqual({ first: 994, end: 1_016 });
    expect(visibleRows(54_000, 540, 54, 3)).toEqual({ first: 2, end: 3 });
    expect(visibleRows(0, 540, 54, 0)).toEqual({ first: 0, end: 0 });
  });

  it('scrolls no further than it must', () => {
    expect(scrollToRow(3, 0, 540, 54)).toBe(0);
    expect(scrollToRow(10, 0, 540, 54)).toBe(54);
    expect(scrollToRow(2, 540, 540, 54)).toBe(108);
  });
});
