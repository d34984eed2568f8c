/** A hub's folder with anything wrong in one of its files: it starts and says so, or says why not, and loses no other. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SequenceRange } from '@weir/protocol';
import { makeFolder, temporaryFolder, waitFor } from '@weir/testing';
import fc from 'fast-check';
import { expect, it, onTestFinished } from 'vitest';
import { WireDevice, type Address } from '../hub.testing.js';
import { readDuckDb } from '../sinks/test/read-stores.js';
import { mutated } from './nasty.testing.js';

const CHILD = fileURLToPath(new URL('./damaged-hub.testing.js', import.meta.url));
/** Frames before the damage, and after it. */
const [BEFORE, AFTER] = [200, 220];
const RUNS = 12;

interface Refusal {
  readonly code: string;
  readonly message: string;
}

interface StatsJson {
  readonly log: { readonly end: number };
  readonly sinks: readonly {
    readonly state: string;
    readonly cursor: number;
    readonly error: string | null;
  }[];
}

class DamagedHub {
  readonly answer: Address | Refusal;
  readonly #process: ChildProcess;

  private constructor(child: ChildProcess, answer: Address | Refusal) {
    this.#process = child;
    this.answer = answer;
  }

  /** Rejects when the process ends without a word. */
  static async start(dir: string): Promise<DamagedHub> {
    const child = fork(CHILD, [dir], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    onTestFinished(() => void child.kill('SIGKILL'));
    const signal = AbortSignal.timeout(30_000);
    const answer = await Promise.race([
      once(child, 'message', { signal }).then(([message]) => message as Address | Refusal),
      once(child, 'exit', { signal }).then(([code, how]) => {
        throw new Error(`the hub ended by itself (${String(how ?? code)})`);
      }),
    ]);
    return new DamagedHub(child, answer);
  }

  async stats(): Promise<StatsJson> {
    const { url, token } = this.answer as Address;
    const headers = { authorization: `Bearer ${token}` };
    return (await (await fetch(`${url}/api/v1/stats`, { headers })).json()) as StatsJson;
  }

  /** Ends it in order; how it ended. */
  async close(): Promise<number | NodeJS.Signals | null> {
    const ended = once(this.#process, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
    if ('url' in this.answer) this.#process.send('close');
    const [code, signal] = await ended;
    return code ?? signal;
  }
}

/** A device that has all its frames yet and sends each that the hub does not say it has. */
async function sendAll(hub: Address, last: number): Promise<void> {
  const device = await WireDevice.open(hub);
  const within = (ranges: readonly SequenceRange[], seq: number): boolean =>
    ranges.some(([from, to]) => from <= seq && to >= seq);
  const [settled = []] = (await device.got('welcome')).settled;
  const missing = Array.from({ length: last }, (_, i) => i + 1).filter((seq) => !within(settled, seq));
  for (const seq of missing) {
    if (seq === 1) device.describe(1);
    else device.readings(seq, [seq, seq + 0.5]);
  }
  const acked = (seq: number): boolean =>
    device.of('ack').some(({ stored }) =>
      within(
        stored.map(({ range }) => range),
        seq,
      ),
    );
  const refused = (seq: number): boolean => device.of('reject').some((each) => each.seq === seq);
  await waitFor(() => missing.every((seq) => acked(seq) || refused(seq)), {
    what: 'every frame to be settled',
  });
  expect(device.of('reject')).toEqual([]);
  device.socket.terminate();
}

/** Waits until the store has all, or says why it does not. Returns why. */
async function storeSettles(hub: DamagedHub): Promise<string | null> {
  const [sink] = await waitFor(
    async () => {
      const { log, sinks } = await hub.stats();
      return sinks[0]?.state !== 'running' || sinks[0].cursor >= log.end ? sinks : null;
    },
    { what: 'the store to have all' },
  );
  return sink?.state === 'running' ? null : (sink?.error ?? '');
}

/** A folder of a hub that was closed in order, and what its store holds. */
async function template(): Promise<string> {
  const path = await temporaryFolder();
  const hub = await DamagedHub.start(path);
  // In two runs, so that there are a checkpoint and one before it.
  await sendAll(hub.answer as Address, BEFORE / 2);
  expect(await hub.close()).toBe(0);
  const again = await DamagedHub.start(path);
  await sendAll(again.answer as Address, BEFORE);
  expect(await storeSettles(again)).toBeNull();
  expect(await again.close()).toBe(0);
  return path;
}

type Damage = (path: string) => void;
const PAGE = 4_096;

const damages: fc.Arbitrary<Damage> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .infiniteStream(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }))
      .map(scattered),
  },
  { weight: 2, arbitrary: fc.double({ min: 0, max: 1, noNaN: true }).map((at): Damage => truncated(at)) },
  {
    weight: 2,
    arbitrary: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }).map((at): Damage => zeroed(at)),
  },
  {
    weight: 1,
    arbitrary: fc.uint8Array({ minLength: 1, maxLength: 100 }).map((more): Damage => appended(more)),
  },
  {
    weight: 1,
    arbitrary: mutated(fc.constant(Buffer.from('something else'))).map(
      (content): Damage =>
        (path) =>
          writeFileSync(path, content),
    ),
  },
  { weight: 1, arbitrary: fc.constant<Damage>((path) => rmSync(path)) },
  {
    weight: 1,
    arbitrary: fc.constant<Damage>((path) => {
      rmSync(path);
      mkdirSync(path);
    }),
  },
);

/** A few bytes changed. */
function scattered(chances: Iterable<number>): Damage {
  const [count = 0, ...places] = [...take(chances, 6)];
  return (path) => {
    const bytes = readFileSync(path);
    for (const place of places.slice(0, 1 + Math.floor(count * 5))) {
      const at = Math.floor(place * bytes.length);
      bytes.writeUInt8(bytes.readUInt8(at) ^ (1 + (at % 255)), at);
    }
    writeFileSync(path, bytes);
  };
}

function* take(values: Iterable<number>, count: number): Generator<number> {
  for (const value of values) {
    if (count-- === 0) return;
    yield value;
  }
}

function truncated(at: number): Damage {
  return (path) => {
    const bytes = readFileSync(path);
    writeFileSync(path, bytes.subarray(0, Math.floor(at * bytes.length)));
  };
}

/** A page that reads as zeros, as after a power cut. */
function zeroed(at: number): Damage {
  return (path) => {
    const bytes = readFileSync(path);
    const start = Math.floor((at * bytes.length) / PAGE) * PAGE;
    bytes.fill(0, start, Math.min(start + PAGE, bytes.length));
    writeFileSync(path, bytes);
  };
}

function appended(more: Uint8Array): Damage {
  return (path) => writeFileSync(path, Buffer.concat([readFileSync(path), more]));
}

/** Its files, without the lock. */
function filesOf(dir: string): string[] {
  return readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .filter((name) => statSync(join(dir, name), { throwIfNoEntry: false })?.isFile() === true)
    .sort();
}

const STORE = 'readings.duckdb';

/** What must be so on a damaged folder, whatever the damage. */
async function check(dir: string, file: string): Promise<void> {
  const hub = await DamagedHub.start(dir);
  if ('code' in hub.answer) {
    expect(hub.answer.code).toMatch(/^(log|auth|store|hub)\./);
    expect(hub.answer.message).toContain(dir);
    expect(await hub.close()).toBe(0);
    return;
  }
  await sendAll(hub.answer, AFTER);
  const fault = await storeSettles(hub);
  expect(await hub.close()).toBe(0);
  if (file === STORE) {
    if (fault !== null) expect(fault).toContain(dir);
    return;
  }
  expect(fault).toBeNull();
  const expected = Array.from({ length: AFTER - 1 }, (_, i) => [i + 2, i + 2.5]).flat();
  const held = (await readDuckDb(join(dir, STORE))).map(({ value }) => Number(value));
  expect(held.sort((a, b) => a - b)).toEqual(expected);
}

/** Each kind of file is as likely as the others, however many there are of it. */
const KINDS = [/^log\//, /^registry/, /^readings\.duckdb/, /^token$/];

it(
  'a damaged folder of a hub: it starts and tells, or refuses by name; nothing else is lost or doubled',
  {
    timeout: 300_000,
  },
  async () => {
    const sound = await template();
    const kinds = KINDS.map((kind) => filesOf(sound).filter((name) => kind.test(name)));
    expect(kinds.every(({ length }) => length > 0)).toBe(true);
    const files = fc.constantFrom(...kinds).chain((names) => fc.constantFrom(...names));
    await fc.assert(
      fc.asyncProperty(files, damages, async (file, damage) => {
        const { path, remove } = await makeFolder();
        const dir = join(path, 'hub');
        cpSync(sound, dir, { recursive: true, verbatimSymlinks: true });
        damage(join(dir, file));
        await check(dir, file);
        await remove();
      }),
      { numRuns: RUNS, endOnFailure: true },
    );
  },
);
