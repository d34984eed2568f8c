import { describe, expect, it } from 'vitest';
import { EventStream } from './event-stream.js';

const TEXT =
  'retry: 1000\n\nid: 5\nevent: readings\ndata: {"a":1}\n\n: ping\n\ndata:x\r\ndata: y\r\n\r\nid: 9\n\n';

describe('server-sent events', () => {
  it.each([1, 2, 3, 7, TEXT.length])('come out of chunks of %i characters', (size) => {
    const stream = new EventStream();
    const events: string[] = [];
    for (let at = 0; at < TEXT.length; at += size) events.push(...stream.take(TEXT.slice(at, at + size)));
    expect(events).toEqual(['{"a":1}', 'x\ny']);
  });

  it('wait for their empty line', () => {
    const stream = new EventStream();
    expect(stream.take('data: 1\n')).toEqual([]);
    expect(stream.take('\n')).toEqual(['1']);
  });
});
