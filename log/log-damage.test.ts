/** Damage is found and told, costs the records it touches and no other, and never gives wrong data. */
import { seededEntropy } from '@weir/runtime';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crc32 } from './crc32.js';
import { numbered, readAll } from './harness.js';
import { LogReader } from './log-reader.js';
import { Log } from './log.js';
import { MemoryFiles } from './memory-files.js';
import type { LogRecord } from './segment-reader.js';
import { SEGMENT_HEADER_BYTES, encodeHeader, segmentPath } from './segment.js';

interface Written {
  readonly files: Map<string, Uint8Array>;
  readonly records: readonly LogRecord[];
  readonly end: number;
}

/** A log of several segments. */
async function written(sizes: readonly number[], segmentBytes: number): Promise<Written> {
  const files = new MemoryFiles();
  const log = await Log.open('/log', { files, segmentBytes });
  for (const [i, size] of sizes.entries()) log.append(numbered(i, size));
  await log.flushed();
  const { records } = await readAll((at) => log.read(at), 0, log.durable);
  await log.close();
  const names = (await files.list('/log')).map((name) => `/log/${name}`).sort();
  return { files: new Map(names.map((path) => [path, files.contents(path)])), records, end: log.end };
}

function copyOf({ files }: Written): MemoryFiles {
  const copy = new MemoryFiles();
  for (const [path, content] of files) copy.place(path, content);
  return copy;
}

const sample = await written([10, 40, 0, 26, 100, 26, 26, 300, 1], 250);

describe('one damaged byte', () => {
  it.each([0x01, 0x80, 0xff])('anywhere, mask %i: told, and costs one record at most', async (mask) => {
    expect(sample.files.size).toBe(4);
    for (const [path, content] of sample.files) {
      for (let position = 0; position < content.length; position++) {
        const files = copyOf(sample);
        files.corrupt(path, position, mask);
        const log = await Log.open('/log', { files });
        const { records } = await readAll((at) => log.read(at), 0, log.durable);
        const kept = new Set(records.map(({ offset }) => offset));
        const lost = sample.records.filter(({ offset }) => !kept.has(offset));
        expect(records).toEqual(sample.records.filter((record) => !lost.includes(record)));
        expect(lost.length).toBe(position < SEGMENT_HEADER_BYTES ? 0 : 1);
        const [problem, ...others] = log.problems;
        expect(others).toEqual([]);
        expect(problem).toMatchObject({ file: path });
        if (lost[0] !== undefined) {
          expect(problem).toMatchObject({ offset: lost[0].offset, length: lost[0].next - lost[0].offset });
          expect(position).toBeGreaterThanOrEqual(problem!.position);
          expect(position).toBeLessThan(problem!.position + problem!.length);
        }
        await log.close();
      }
    }
  });

  it('is told to a reader of another thread too, once', async () => {
    const files = copyOf(sample);
    files.corrupt(segmentPath('/log', 0), 80, 4);
    const reader = await LogReader.open('/log', { files });
    for (let i = 0; i < 2; i++) {
      const { skipped } = await readAll((at) => reader.read(at, sample.end), 0, sample.end);
      expect(skipped).toEqual([{ from: 0, to: 18, reason: 'damaged' }]);
    }
    expect(reader.problems).toMatchObject([{ position: 64, offset: 0, length: 18, reason: 'bad record' }]);
  });
});

describe('a segment', () => {
  it.each([0, 1])('that is gone, number %i, is told and passed over', async (which) => {
    const files = copyOf(sample);
    const paths = [...sample.files.keys()];
    await files.remove(paths[which]!);
    const log = await Log.open('/log', { files });
    const { records, skipped } = await readAll((at) => log.read(at), 0, log.durable);
    const bases = paths.map((path) => Number(/(\d{20})/.exec(path)![1]));
    const gone = { from: bases[which]!, to: bases[which + 1]! };
    expect(skipped).toEqual([{ ...gone, reason: which === 0 ? 'retention' : 'missing' }]);
    expect(records).toEqual(sample.records.filter(({ offset }) => offset < gone.from || offset >= gone.to));
  });

  it('that goes while the log is open is told and passed over', async () => {
    const files = copyOf(sample);
    const log = await Log.open('/log', { files });
    const [, second, third] = [...sample.files.keys()];
    await files.remove(second!);
    const { skipped } = await readAll((at) => log.read(at), 0, log.durable);
    const to = Number(/(\d{20})/.exec(third!)![1]);
    expect(skipped).toMatchObject([{ to, reason: 'missing' }]);
    expect(log.problems).toMatchObject([{ file: second, reason: 'missing bytes' }]);
  });

  it('of a newer version is refused, not taken for damage', async () => {
    const files = copyOf(sample);
    const header = encodeHeader(0, { utcUs: 0, monotonicUs: 0, boot: '00'.repeat(16) });
    header[8] = 2;
    new DataView(header.buffer, header.byteOffset).setUint32(60, crc32(header, 0, 60, 0), true);
    files.place(segmentPath('/log', 0), header);
    await expect(Log.open('/log', { files })).rejects.toMatchObject({ code: 'log.unknown_version' });
    await expect(LogReader.open('/log', { files })).rejects.toMatchObject({ code: 'log.unknown_version' });
  });
});

it('is not misled by records inside a payload', async () => {
  const inner = sample.files.get(segmentPath('/log', 0))!;
  const files = new MemoryFiles();
  const log = await Log.open('/log', { files });
  const at = log.append(numbered(0, 26));
  log.append(inner, inner.subarray(SEGMENT_HEADER_BYTES));
  log.append(numbered(2, 26));
  await log.close();
  files.corrupt(segmentPath('/log', 0), SEGMENT_HEADER_BYTES + at, 1);
  const again = await Log.open('/log', { files });
  const { records } = await readAll((from) => again.read(from), 0, again.durable);
  expect(records.map(({ data }) => data)).toEqual([numbered(0, 26), numbered(2, 26)]);
});

/** Any files: real ones cut, overwritten, doubled or grown, and pure noise. */
const edits = fc.array(
  fc.record({
    file: fc.nat(3),
    position: fc.nat(700),
    what: fc.oneof(
      fc.record({ kind: fc.constant('overwrite' as const), bytes: fc.uint8Array({ maxLength: 80 }) }),
      fc.record({ kind: fc.constant('insert' as const), bytes: fc.uint8Array({ maxLength: 80 }) }),
      fc.record({ kind: fc.constant('cut' as const) }),
      fc.record({ kind: fc.constant('zero' as const), length: fc.nat(300) }),
      fc.record({ kind: fc.constant('copy' as const), from: fc.nat(700), length: fc.nat(300) }),
    ),
  }),
  { minLength: 1, maxLength: 6 },
);

type Edit = (typeof edits extends fc.Arbitrary<infer T> ? T : never)[number];

function edited(content: Uint8Array, { position, what }: Edit): Uint8Array {
  const bytes = [...content];
  const at = Math.min(position, bytes.length);
  if (what.kind === 'cut') bytes.length = at;
  else if (what.kind === 'insert') bytes.splice(at, 0, ...what.bytes);
  else if (what.kind === 'overwrite') bytes.splice(at, what.bytes.length, ...what.bytes);
  else if (what.kind === 'zero') bytes.fill(0, at, at + what.length);
  else bytes.splice(at, what.length, ...content.subarray(what.from, what.from + what.length));
  return Uint8Array.from(bytes);
}

it('opens, reads and goes on with any files, and gives only what was written', async () => {
  const truth = new Map(sample.records.map((record) => [record.offset, record]));
  await fc.assert(
    fc.asyncProperty(edits, fc.nat(), async (changes, seed) => {
      const contents = new Map(sample.files);
      const paths = [...contents.keys(), segmentPath('/log', seededEntropy(seed).integer(0, 2000))];
      for (const change of changes) {
        const path = paths[change.file]!;
        contents.set(path, edited(contents.get(path) ?? new Uint8Array(0), change));
      }
      const files = new MemoryFiles();
      for (const [path, content] of contents) files.place(path, content);
      const log = await Log.open('/log', { files });
      const before = log.durable;
      const { records } = await readAll((at) => log.read(at, 64), 0, before);
      for (const record of records) expect(record).toEqual(truth.get(record.offset));
      const offset = log.end;
      log.append(numbered(7, 30));
      await log.flushed();
      expect((await log.read(offset)).records.map(({ data }) => data)).toEqual([numbered(7, 30)]);
      const reader = await LogReader.open('/log', { files });
      const seen = await readAll((at) => reader.read(at, log.durable), 0, log.durable);
      expect(seen.records.slice(0, -1)).toEqual(records);
      await log.close();
    }),
    { numRuns: 300 },
  );
});
