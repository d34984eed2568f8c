import { describe, expect, it } from 'vitest';
import { processDescriptors, socketBudget } from './descriptors.js';

const wanted = { devices: 20_000, others: 7_000 };

describe('socketBudget', () => {
  it.each([
    ['where nothing is known, what is wanted', null, 27_000, 20_000],
    ['with plenty, what is wanted', { limit: 1_048_576, inUse: 40 }, 27_000, 20_000],
    ['with too few, less of both, devices first', { limit: 20_000, inUse: 40 }, 19_912, 17_423],
    ['with very few, some for requests', { limit: 256, inUse: 48 }, 160, 140],
    ['with none, a handful all the same', { limit: 64, inUse: 48 }, 8, 7],
  ])('%s', (_, descriptors, sockets, devices) => {
    expect(socketBudget(descriptors, wanted)).toEqual({ sockets, devices });
  });

  it('gives few devices all of what they want', () => {
    expect(socketBudget({ limit: 1_000, inUse: 40 }, { devices: 10, others: 7_000 }).devices).toBe(10);
  });
});

describe.runIf(process.platform === 'linux')('processDescriptors', () => {
  it('finds what the system says', () => {
    const { limit, inUse } = processDescriptors()!;
    expect(limit).toBeGreaterThan(inUse);
    expect(inUse).toBeGreaterThan(3);
  });
});
