import { describe, expect, it } from 'vitest';
import { TcpEstimate } from './tcp-estimate.js';
import { connectionsIn, sumsOf, type Trace } from './trace.js';

const told = ({ timesUs, bytes, payload, up, flags, length }: Trace): string[] =>
  Array.from(
    { length },
    (_, i) => `${timesUs[i]} ${up[i] === 1 ? 'up' : 'down'} ${bytes[i]}/${payload[i]} ${flags[i]}`,
  );

describe('packets estimated from what crossed a proxy', () => {
  it('of a request on a connection of its own: the answer acknowledges it, the client the answer when it ends', () => {
    const estimate = new TcpEstimate();
    const connection = estimate.opened(0);
    connection.sent('up', 150, 1_000);
    connection.sent('down', 300, 5_000);
    connection.finished('up', 6_000);
    connection.finished('down', 7_000);
    expect(told(estimate.trace())).toEqual([
      '0 up 60/0 2',
      '0 down 60/0 18',
      '0 up 52/0 16',
      '1000 up 202/150 16',
      '5000 down 352/300 16',
      '6000 up 52/0 17',
      '7000 down 52/0 17',
      '7000 up 52/0 16',
    ]);
  });

  it('of data that nothing answers: a bare acknowledgement 40 ms later, one for every two segments at once', () => {
    const estimate = new TcpEstimate();
    const connection = estimate.opened(0);
    connection.sent('up', 10, 1_000);
    connection.sent('up', 10, 101_000);
    connection.sent('up', 10, 102_000);
    connection.sent('down', 3_000, 200_000);
    const trace = estimate.trace();
    expect(told(trace).slice(3)).toEqual([
      '1000 up 62/10 16',
      '41000 down 52/0 16',
      '101000 up 62/10 16',
      '102000 up 62/10 16',
      '102000 down 52/0 16',
      '200000 down 1500/1448 16',
      '200000 down 1500/1448 16',
      '200000 up 52/0 16',
      '200000 down 156/104 16',
      '240000 up 52/0 16',
    ]);
    expect(trace.counted).toBe('estimated');
    expect(connectionsIn(trace, 0, Infinity)).toBe(1);
    expect(sumsOf(trace, 'up', 1, Infinity)).toEqual({
      packets: 5,
      bytes: 62 * 3 + 104,
      payload: 30,
      bareAcks: 2,
    });
  });

  it('keeps connections apart and their packets in the order of time', () => {
    const estimate = new TcpEstimate();
    const [one, two] = [estimate.opened(0), estimate.opened(10)];
    one.sent('up', 5, 20);
    two.sent('up', 5, 30_000);
    const { timesUs } = estimate.trace();
    expect([...timesUs]).toEqual([0, 0, 0, 10, 10, 10, 20, 30_000, 40_020, 70_000]);
  });
});
