import { seededEntropy, silentLogger } from '@weir/runtime';
import { describe, expect, it } from 'vitest';
import { ChannelMap } from '../channel-map.js';
import { formatSchema } from '../decoders/config.js';
import { createDecoder } from '../decoders/create-decoder.js';
import { ManualTime } from '../manual-time.testing.js';
import { RecordedOutput } from '../recorded-output.testing.js';
import type { BytePort, BytePortEvents } from './byte-port.js';
import { StreamSource } from './stream-source.js';

/** A port whose openings the test plays. */
class PlayedPort implements BytePort {
  readonly openings: BytePortEvents[] = [];
  closedByHand = 0;

  open(events: BytePortEvents): () => Promise<void> {
    this.openings.push(events);
    return () => {
      this.closedByHand++;
      return Promise.resolve();
    };
  }

  get last(): BytePortEvents {
    const last = this.openings.at(-1);
    if (last === undefined) throw new Error('the port was never opened');
    return last;
  }
}

function setUp(): { source: StreamSource; port: PlayedPort; out: RecordedOutput; time: ManualTime } {
  const [port, out, time] = [new PlayedPort(), new RecordedOutput(), new ManualTime()];
  const source = new StreamSource(
    {
      name: 's',
      port,
      retryMaxMs: 1000,
      mapOf: (to) => new ChannelMap({}, false, to),
      decoderFor: (map) => createDecoder(formatSchema.parse({ type: 'json' }), map),
    },
    { clock: time, timers: time, entropy: seededEntropy(7), logger: silentLogger },
  );
  source.start(out);
  return { source, port, out, time };
}

const bytes = (text: string): Buffer => Buffer.from(text);

describe('a stream source', () => {
  it('reads once the port is open, with the time of arrival', () => {
    const { port, out, time } = setUp();
    port.last.opened();
    time.advance(5);
    port.last.data(bytes('{"t":1}\n'));
    expect(out.readings).toEqual([{ channel: 't', value: 1, monotonicUs: 1_005_000, meta: undefined }]);
    expect(out.states).toEqual(['open']);
  });

  it('says why it waits, tries again after pauses, and reads when the port is there', () => {
    const { port, out, time } = setUp();
    for (let i = 0; i < 5; i++) {
      expect(port.openings).toHaveLength(i + 1);
      port.last.closed('no such file');
      expect(port.openings).toHaveLength(i + 1);
      time.advance(1000);
    }
    port.last.opened();
    port.last.data(bytes('{"t":1}\n'));
    expect(out.states).toEqual([...Array<string>(5).fill('waiting'), 'open']);
    expect(out.ports[4]).toEqual({ state: 'waiting', reason: 'no such file' });
    expect(out.values).toEqual([['t', 1]]);
  });

  it('keeps nothing of a frame that an unplug has cut', () => {
    const { port, out, time } = setUp();
    port.last.opened();
    port.last.data(bytes('{"t":1}\n{"t":'));
    port.last.closed('unplugged');
    time.advance(1000);
    port.last.opened();
    port.last.data(bytes('2}\n{"t":3}\n'));
    expect(out.states).toEqual(['open', 'closed', 'open']);
    expect(out.values).toEqual([
      ['t', 1],
      ['t', 3],
    ]);
    expect(out.discards).toMatchObject([
      { text: '{"t":', reason: 'cut off when the port closed' },
      { text: '2}', reason: 'not a JSON object' },
    ]);
  });

  it('stops in any state and is silent afterwards', async () => {
    for (const prepare of [
      (): void => undefined,
      (port: PlayedPort) => port.last.opened(),
      (port: PlayedPort) => port.last.closed('gone'),
    ]) {
      const { source, port, out, time } = setUp();
      prepare(port);
      await source.stop();
      expect(out.ports.at(-1)).toEqual({ state: 'closed', reason: 'stopped' });
      const [states, openings] = [out.ports.length, port.openings.length];
      port.last.data(bytes('{"t":1}\n'));
      port.last.closed('late');
      time.advance(10_000);
      expect(out.ports).toHaveLength(states);
      expect(out.readings).toEqual([]);
      expect(port.openings).toHaveLength(openings);
      expect(time.waiting).toBe(0);
    }
  });
});
