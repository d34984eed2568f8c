import { InfluxSink, type LineWriter, type Refusal, type Sink } from '@weir/hub/parts';
import { Log, type FileSystem } from '@weir/log';
import { WeirError, type Entropy } from '@weir/runtime';
import type { Bug } from './bugs.js';
import type { Life } from './life.js';
import { request, type SinkThread, type Store, type StoreHealth, type StoredReading } from './stores.js';
import { idOf } from './truth.js';
import type { World } from './world.js';

const DIR = '/hub/influx';

/**
 * A server of InfluxDB's kind: a point is its series and time, so to write a line again changes nothing. It takes a
 * request in whole or in part, refuses lines in the ways of the versions there are, and answers or does not.
 */
export class LineStore implements Store {
  readonly name = 'lines';
  readonly health: StoreHealth = { failing: 0, slow: false };
  /** Share of readings that it will not have. */
  refusing = 0;
  /** A bug on purpose: nobody hears of lines that were refused. */
  hidesRefusals = false;
  readonly #points = new Map<string, string>();
  readonly #chance: Entropy;

  constructor(world: World, bug: Bug | null) {
    this.#chance = world.chance('lines');
    bug?.onLines?.(this);
  }

  sink({ life, ...around }: SinkThread): Sink {
    const options = {
      ...{ url: 'http://influx.test', token: '', org: '', bucket: 'weir', timeout: 10_000, max_delay: 100 },
      ...{ max_lines: 500, gzip: false, quarantine: 2 ** 20, dir: DIR },
    };
    return new InfluxSink(options, { ...around, connect: () => this.#client(life) });
  }

  readings(): StoredReading[] {
    return [...this.#points.values()].map(readingOf);
  }

  async setAside(files: FileSystem): Promise<number[]> {
    const log = await Log.open(`${DIR}/quarantine`, { files });
    const ids: number[] = [];
    for (let at = log.start; at < log.durable;) {
      const { records, next } = await log.read(at);
      for (const { data } of records) {
        const { line } = JSON.parse(Buffer.from(data).toString()) as { line: string };
        ids.push(readingOf(line).id);
      }
      at = next;
    }
    await log.close();
    return ids;
  }

  #client(life: Life): LineWriter {
    let closed = false;
    return {
      write: async (lines) => {
        await request(life, this.#chance, this.health);
        const fails = this.#chance.unit() < this.health.failing;
        if (closed || (fails && this.#chance.unit() < 0.5)) throw unreachable();
        const refusal = this.#take(lines);
        await request(life, this.#chance, this.health);
        if (fails) throw unreachable();
        return refusal;
      },
      close: () => {
        closed = true;
      },
    };
  }

  #take(lines: readonly string[]): Refusal | null {
    const bad = lines.flatMap((line, place) => (this.#isRefused(line) ? [place] : []));
    const way = bad.length === 0 ? 0 : bad.length % 3;
    // Version 2 stores nothing of a request with a line that it cannot have; the others store the rest.
    if (bad.length > 0 && way === 1 && !this.hidesRefusals) return refusal({ dropped: null, named: null });
    for (const [place, line] of lines.entries())
      if (!bad.includes(place)) this.#points.set(keyOf(line), line);
    if (bad.length === 0 || this.hidesRefusals) return null;
    if (way === 2) return refusal({ dropped: null, named: new Map(bad.map((place) => [place, 'refused'])) });
    return refusal({ dropped: bad.length, named: null });
  }

  /** By the reading alone, so that it is the same whenever it comes. */
  #isRefused(line: string): boolean {
    const { id } = readingOf(line);
    return ((Math.imul(id + 1, 0x9e3779b1) >>> 0) % 1000) / 1000 < this.refusing;
  }
}

function refusal(how: Pick<Refusal, 'dropped' | 'named'>): Refusal {
  return { status: 400, reason: 'partial write: field type conflict', certain: true, ...how };
}

function unreachable(): WeirError {
  return new WeirError('influx.unreachable', 'no answer', { retryable: true });
}

/** `measurement,tags fields time`: of numbers and of texts without spaces. */
function partsOf(line: string): [head: string, fields: string, time: string] {
  const [head = '', fields = '', time = ''] = line.split(' ');
  return [head, fields, time];
}

function keyOf(line: string): string {
  const [head, , time] = partsOf(line);
  return `${head} ${time}`;
}

function readingOf(line: string): StoredReading {
  const [head, fields, time] = partsOf(line);
  const tag = (name: string): string => new RegExp(`,${name}=([^,]*)`).exec(head)?.[1] ?? '';
  const text = /text="([^"]*)"/.exec(fields)?.[1];
  const value = text ?? Number(/value=([^,]*)/.exec(fields)?.[1]);
  const uncertaintyUs = Number(/uncertainty_us=(\d+)i/.exec(fields)?.[1]);
  const utcUs = Number(BigInt(time) / 1000n);
  return { device: tag('device'), channel: tag('channel'), id: idOf(value), utcUs, uncertaintyUs };
}
