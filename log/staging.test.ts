import fc from 'fast-check';
import { expect, it } from 'vitest';
import { RECORD_HEADER_BYTES } from './record.js';
import { numbered } from './harness.js';
import { Staging } from './staging.js';

const joined = (parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));

it('gives out what was put in, in order, whatever is taken, given back or released', () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('append' as const), size: fc.nat(150) }),
    fc.record({ kind: fc.constant('take' as const), room: fc.nat(600), release: fc.boolean() }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), fc.integer({ min: 1, max: 300 }), (steps, chunkBytes) => {
      const staging = new Staging(chunkBytes);
      const all = new Staging(1_000_000);
      const released: Uint8Array[] = [];
      let offset = 0;
      let count = 0;
      for (const each of steps) {
        if (each.kind === 'append') {
          const data = numbered(count++, each.size);
          for (const one of [staging, all]) one.append([data], data.length, offset);
          offset += RECORD_HEADER_BYTES + data.length;
          continue;
        }
        const group = staging.take(each.room);
        const bytes = joined(group).length;
        if (group.length > 1) expect(bytes).toBeLessThanOrEqual(each.room);
        expect(group[0]?.length ?? 0).toBe(staging.firstPieceBytes);
        if (!each.release) continue;
        released.push(joined(group));
        staging.release(bytes);
      }
      const rest = joined(staging.take(Infinity));
      expect(staging.bytes).toBe(rest.length);
      expect(joined([...released, rest])).toEqual(joined(all.take(Infinity)));
    }),
  );
});

it('takes no more memory however often a group fails', () => {
  const staging = new Staging(10_000);
  for (let i = 0; i < 50; i++) {
    staging.append([numbered(i, 100)], 100, i * 108);
    expect(staging.take(Infinity).length).toBe(1);
    staging.append([], 0, 0);
  }
});
