import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Refusal } from './refusal.js';
import { settle } from './settle.js';

interface Server {
  readonly stored: Set<string>;
  requests: number;
  write(lines: string[]): Promise<Refusal | null>;
}

const NOTHING: Refusal = { status: 400, reason: 'bad line', dropped: null, named: null, certain: true };

/** Refuses lines that begin with `bad`; how much it stores and tells depends on its kind. */
function server(kind: 'counts' | 'names' | 'names some' | 'stores nothing' | 'unclear'): Server {
  return {
    stored: new Set(),
    requests: 0,
    write(lines) {
      this.requests += 1;
      const bad = lines.flatMap((line, place) => (line.startsWith('bad') ? [place] : []));
      const partial = kind === 'counts' || kind === 'names' || kind === 'names some';
      lines.forEach((line, place) => {
        if (bad.length === 0 || (partial && !bad.includes(place))) this.stored.add(line);
      });
      if (bad.length === 0) return Promise.resolve(null);
      const named = (kind === 'names some' ? bad.slice(0, 3) : bad).map((place): [number, string] => [
        place,
        `bad ${place}`,
      ]);
      return Promise.resolve({
        ...NOTHING,
        certain: kind !== 'unclear',
        dropped: kind === 'counts' ? bad.length : null,
        named: kind === 'names' || kind === 'names some' ? new Map(named) : null,
      });
    },
  };
}

const linesOf = (bad: readonly boolean[]): string[] => bad.map((is, i) => `${is ? 'bad' : 'good'} ${i}`);

describe('settling a batch', () => {
  it.each(['counts', 'names', 'names some', 'stores nothing'] as const)(
    'stores every good line and returns every bad one: a server that %s',
    async (kind) => {
      await fc.assert(
        fc.asyncProperty(fc.array(fc.boolean(), { maxLength: 60 }), async (bad) => {
          const lines = linesOf(bad);
          const fake = server(kind);
          const rejections = await settle(lines, (some) => fake.write(some));
          expect([...fake.stored].sort()).toEqual(lines.filter((line) => line.startsWith('good')).sort());
          expect(rejections.map(({ line }) => lines[line]).sort()).toEqual(
            lines.filter((line) => line.startsWith('bad')).sort(),
          );
        }),
        { numRuns: 200 },
      );
    },
  );

  it('needs one request for a good batch and few for a series that is refused as a whole', async () => {
    const good = server('counts');
    await settle(linesOf(Array<boolean>(5_000).fill(false)), (some) => good.write(some));
    expect(good.requests).toBe(1);
    const fake = server('counts');
    const bad = Array.from({ length: 5_000 }, (_, i) => i >= 1_000 && i < 3_000);
    expect((await settle(linesOf(bad), (some) => fake.write(some))).length).toBe(2_000);
    expect(fake.requests).toBeLessThan(60);
  });

  it('bounds its requests, and sets aside what is not sorted out by then', async () => {
    const fake = server('stores nothing');
    const lines = linesOf(Array.from({ length: 5_000 }, (_, i) => i % 2 === 0));
    const rejections = await settle(lines, (some) => fake.write(some));
    expect(fake.requests).toBeLessThan(600);
    const rejected = new Set(rejections.map(({ line }) => line));
    for (const [i, line] of lines.entries()) expect(rejected.has(i) || fake.stored.has(line)).toBe(true);
    expect(rejections.some(({ reason }) => reason === 'not sorted out: bad line')).toBe(true);
  });

  it.each([1, 2, 5, 5_000])(
    'takes a refusal of all of %d lines for no clear reason as one of the request',
    async (count) => {
      const fake = server('unclear');
      const lines = linesOf(Array<boolean>(count).fill(true));
      await expect(settle(lines, (some) => fake.write(some))).rejects.toMatchObject({
        code: 'influx.refused',
        retryable: true,
      });
      expect(fake.requests).toBeLessThanOrEqual(64);
    },
  );

  it('takes a reason that is not clear as one of the lines when others are stored', async () => {
    const fake = server('unclear');
    const rejections = await settle(linesOf([true, true, false, true]), (some) => fake.write(some));
    expect(rejections.map(({ line }) => line).sort()).toEqual([0, 1, 3]);
  });

  it('does not count lines that have line breaks in them', async () => {
    const fake = server('names');
    const lines = ['good "a\nb"', 'bad 1', 'good 2'];
    const rejections = await settle(lines, async (some) => {
      const refusal = await fake.write(some);
      const shift = some[0]?.includes('\n') === true ? 1 : 0;
      const named = refusal?.named ?? new Map<number, string>();
      return (
        refusal && { ...refusal, named: new Map([...named].map(([place, why]) => [place + shift, why])) }
      );
    });
    expect(rejections.map(({ line }) => line)).toEqual([1]);
  });

  it('sends nothing for an empty batch', async () => {
    expect(await settle([], () => Promise.reject(new Error('no request expected')))).toEqual([]);
  });
});
