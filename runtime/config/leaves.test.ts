import { expect, it } from 'vitest';
import { z } from 'zod';
import { environmentNameOf, flagOf, leavesOf } from './leaves.js';
import { bytesSchema, durationSchema, formatBytes, formatDuration } from './units.js';

const schema = z.strictObject({
  log: z
    .strictObject({
      segment_bytes: bytesSchema
        .pipe(z.number().min(1))
        .default(64 * 2 ** 20)
        .describe('size'),
      keep: durationSchema.nullable().default(null).describe('age'),
      delay: durationSchema.prefault('90s').describe('delay'),
    })
    .prefault({}),
  mode: z.enum(['a', 'b']).describe('mode'),
  list: z.array(z.string()).default([]).describe('list'),
});

it('names every leaf, what it takes and its default as one would write it', () => {
  const leaves = leavesOf(schema);
  expect(
    leaves.map((leaf) => [flagOf(leaf), leaf.kind, leaf.defaultText, leaf.required, leaf.scalar]),
  ).toEqual([
    ['--log-segment-bytes', 'size', '64MiB', false, true],
    ['--log-keep', 'duration', null, false, true],
    ['--log-delay', 'duration', '90s', false, true],
    ['--mode', 'a | b', null, true, true],
    ['--list', 'list', '[]', false, false],
  ]);
  expect(environmentNameOf(leaves[0]!, 'WEIR_HUB')).toBe('WEIR_HUB_LOG_SEGMENT_BYTES');
});

it.each([
  [0, '0', '0'],
  [1536, '1536', '1536ms'],
  [2 ** 30, '1GiB', '1073741824ms'],
  [86_400_000, '84375KiB', '1d'],
])('writes %d in the largest whole unit, which reads back the same', (value, bytes, duration) => {
  expect([formatBytes(value), formatDuration(value)]).toEqual([bytes, duration]);
  expect(bytesSchema.parse(bytes)).toBe(value);
  expect(durationSchema.parse(duration)).toBe(value);
});
