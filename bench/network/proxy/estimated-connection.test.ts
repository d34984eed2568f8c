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
  it('of a request on a connection of its own', () => {
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
      '1000 down 52/0 16',
      '5000 down 352/300 24',
      '5000 up 52/0 16',
      '6000 up 52/0 17',
      '7000 down 52/0 17',
      '7000 up 52/0 16',
    ]);
    expect(connectionsIn(trace, 0, Infinity)).toBe(1);
  });

  it('of data that goes on: acknowledged by what comes back, else every two segments or after 40 ms', () => {
    const trace = traceOf((connection) => {
      connection.sent('up', 10, 1_000);
      connection.sent('up', 10, 101_000);
      connection.sent('up', 10, 102_000);
      connection.sent('up', 10, 150_000);
      connection.sent('up', 10, 250_000);
      connection.sent('down', 3_000, 260_000);
    });
    expect(told(trace).slice(3)).toEqual([
      '1000 up 62/10 24',
      '1000 down 52/0 16',
      '101000 up 62/10 24',
      '102000 up 62/10 24',
      '102000 down 52/0 16',
      '150000 up 62/10 24',
      '190000 down 52/0 16',
      '250000 up 62/10 24',
      '260000 down 1500/1448 24',
      '260000 up 52/0 16',
      '260000 down 1500/1448 24',
      '260000 down 156/104 24',
      '260000 up 52/0 16',
    ]);
    expect(sumsOf(trace, 'up', 1, Infinity)).toEqual({
      ...{ packets: 7, bytes: 5 * 62 + 2 * 52, payload: 50, bareAcks: 2 },
    });
  });
});
