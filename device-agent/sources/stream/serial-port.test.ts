import { createReadStream, createWriteStream, type WriteStream } from 'node:fs';
import { once } from 'node:events';
import { available, ptyPair, waitFor, type PtyPair } from '@weir/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { sourceConfigSchema } from '../config.js';
import { createSource } from '../create-source.js';
import { realDeps, RecordedOutput } from '../recorded-output.testing.js';
import type { Source } from '../source.js';

function serial(path: string, more: object = {}): { source: Source; out: RecordedOutput } {
  const config = sourceConfigSchema.parse({ type: 'serial', name: 's', path, retry_max_ms: 200, ...more });
  const source = createSource(config, realDeps());
  const out = new RecordedOutput();
  onTestFinished(() => source.stop());
  source.start(out);
  return { source, out };
}

async function line(): Promise<PtyPair> {
  const pair = await ptyPair();
  onTestFinished(() => pair.stop());
  return pair;
}

/** The microcontroller's end. */
function writer(pair: PtyPair): WriteStream {
  const stream = createWriteStream(pair.controller, { flags: 'r+' });
  stream.on('error', () => undefined);
  onTestFinished(() => {
    stream.destroy();
  });
  return stream;
}

const isOpen = (out: RecordedOutput) => () => out.states.at(-1) === 'open';

describe.skipIf(!available('socat'))('a serial port', () => {
  it('is read line by line', async () => {
    const pair = await line();
    const { out } = serial(pair.device, { baud_rate: 9600 });
    await waitFor(isOpen(out));
    writer(pair).write('{"t":21.57}\n{"t":21.6,"h":45}\r\n');
    await waitFor(() => out.readings.length === 3);
    expect(out.values).toEqual([
      ['t', 21.57],
      ['t', 21.6],
      ['h', 45],
    ]);
  });

  it('reports an unplug, waits, and resumes at the replug', async () => {
    const pair = await line();
    const { out } = serial(pair.device);
    await waitFor(isOpen(out));
    writer(pair).write('{"t":1}\n{"t":1.');
    await waitFor(() => out.readings.length === 1);

    await pair.unplug();
    await waitFor(() => out.states.includes('waiting'));
    expect(out.states.slice(0, 3)).toEqual(['open', 'closed', 'waiting']);
    expect(out.ports[1]?.reason).toContain('unplugged');
    expect(out.ports[2]?.reason).toContain('No such file or directory');

    await pair.plug();
    await waitFor(isOpen(out));
    writer(pair).write('5}\n{"t":2}\n');
    await waitFor(() => out.latest('t') === 2);
    expect(out.values).toEqual([
      ['t', 1],
      ['t', 2],
    ]);
  });

  it('comes back through garbage and cut frames, with every byte accounted for', async () => {
    const pair = await line();
    const { out } = serial(pair.device);
    await waitFor(isOpen(out));
    const garbage = Buffer.from(
      Array.from({ length: 300 }, (_, i) => (i * 37) % 256).filter((b) => b !== 10 && b !== 13),
    );
    const sent = Buffer.concat([garbage, Buffer.from('\n{"t":1}\n{"t":2'), Buffer.from('\n{"t":3}\n')]);
    writer(pair).write(sent);
    await waitFor(() => out.latest('t') === 3);
    expect(out.values).toEqual([
      ['t', 1],
      ['t', 3],
    ]);
    expect(out.discardedBytes).toBe(garbage.length + '{"t":2'.length);
  });

  it('that is not there does not stop another', async () => {
    const pair = await line();
    const missing = serial(`${pair.device}-missing`);
    const { out } = serial(pair.device);
    await waitFor(isOpen(out));
    await waitFor(() => missing.out.ports.length >= 3);
    expect(new Set(missing.out.states)).toEqual(new Set(['waiting']));
    writer(pair).write('{"t":1}\n');
    await waitFor(() => out.readings.length === 1);
  });

  it('keeps up with a thousand lines a second and more', async () => {
    const pair = await line();
    const { out } = serial(pair.device);
    await waitFor(isOpen(out));
    const stream = writer(pair);
    for (let i = 0; i < 5000; i++) if (!stream.write(`{"n":${i}}\n`)) await once(stream, 'drain');
    await waitFor(() => out.readings.length === 5000);
    expect(out.values.every(([, value], i) => value === i)).toBe(true);
    expect(out.discards).toEqual([]);
  });

  it('is free for others after stop', async () => {
    const pair = await line();
    const { source, out } = serial(pair.device);
    await waitFor(isOpen(out));
    await source.stop();
    const second = serial(pair.device);
    await waitFor(isOpen(second.out));
    expect(out.ports.at(-1)).toEqual({ state: 'closed', reason: 'stopped' });
  });

  it('stops while it is being opened', async () => {
    const pair = await line();
    const { source, out } = serial(pair.device);
    await source.stop();
    const states = out.states.length;
    const reader = createReadStream(pair.device);
    await once(reader, 'open');
    reader.destroy();
    expect(out.states).toHaveLength(states);
  });
});
