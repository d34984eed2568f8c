import { describe, expect, it } from 'vitest';
import { TraceRecorder } from '../trace-recorder.js';
import { connectionsIn, sumsOf, type Trace } from '../trace.js';
import { EstimatedConnection } from './estimated-connection.js';

/** The trace of what `act` does on a connection opened at 0. */
function traceOf(act: (connection: EstimatedConnection) => void): Trace {
  const recorder = new TraceRecorder('estimated');
  act(new EstimatedConnection(0, (way, atUs, packet) => recorder.add(atUs, way, packet)));
  return recorder.trace();
}

const told = ({ timesUs, bytes, payload, up, flags, length }: Trace): string[] =>
  Array.from(
    { length },
    (_, at) => `${timesUs[at]} ${up[at] === 1 ? 'up' : 'down'} ${bytes[at]}/${payload[at]} ${flags[at]}`,
  );

describe('the packets of a connection whose bytes were seen', () => {
  it('of a request on a connection of its own: the answer acknowledges it, the end the answer', () => {
    const trace = traceOf((connection) => {
      connection.sent('up', 150, 1_000);
      connection.sent('down', 300, 5_000);
      connection.finished('up', 6_000);
      connection.finished('down', 7_000);
    });
    expect(told(trace)).toEqual([
      '0 up 60/0 2',
      '0 down 60/0 18',
      '0 up 52/0 16',
      '1000 up 202/150 24',
      '5000 down 352/300 24',
      '6000 up 52/0 17',
      '6000 down 52/0 16',
      '7000 down 52/0 17',
      '7000 up 52/0 16',
    ]);
  });

  it('of data that nothing answers: acknowledged 40 ms later, and every two segments at once', () => {
    const trace = traceOf((connection) => {
      connection.sent('up', 10, 1_000);
      connection.sent('up', 10, 101_000);
      connection.sent('up', 10, 102_000);
      connection.sent('down', 3_000, 200_000);
      connection.sent('down', 10, 300_000);
    });
    expect(told(trace).slice(3)).toEqual([
      '1000 up 62/10 24',
      '41000 down 52/0 16',
      '101000 up 62/10 24',
      '102000 up 62/10 24',
      '102000 down 52/0 16',
      '200000 down 1500/1448 24',
      '200000 down 1500/1448 24',
      '200000 up 52/0 16',
      '200000 down 156/104 24',
      '240000 up 52/0 16',
      '300000 down 62/10 24',
    ]);
    expect(connectionsIn(trace, 0, Infinity)).toBe(1);
    expect(sumsOf(trace, 'up', 1, Infinity)).toEqual({
      ...{ packets: 5, bytes: 3 * 62 + 2 * 52, payload: 30, bareAcks: 2 },
    });
  });
});
