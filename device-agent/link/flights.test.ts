import { describe, expect, it } from 'vitest';
import type { StoredFrame } from '../spool/stored-frame.js';
import { Flights } from './flights.js';

const EPOCH = 2 ** 40;
const frame = (seq: number, readings = 10): StoredFrame => ({
  kind: 'readings',
  epoch: EPOCH,
  seq,
  readings,
  takenUs: seq * 100,
  bytes: new Uint8Array(),
});

function landed(flights: Flights, first: number, last: number): [number, number][] {
  const all: [number, number][] = [];
  flights.settle(EPOCH, first, last, (readings, takenUs) => all.push([readings, takenUs]));
  return all;
}

describe('Flights', () => {
  it('knows how many readings are on the way in the present session', () => {
    const flights = new Flights();
    flights.beginSession();
    for (const seq of [1, 2, 3]) flights.depart(frame(seq, seq * 10));
    flights.depart(frame(3, 30));
    expect(flights.readingsInFlight).toBe(60);
    flights.expire(EPOCH, 2);
    landed(flights, 1, 1);
    expect(flights.readingsInFlight).toBe(30);
    flights.beginSession();
    expect(flights.readingsInFlight).toBe(0);
    flights.depart(frame(3, 30));
    landed(flights, 1, 3);
    expect(flights.readingsInFlight).toBe(0);
  });

  it('counts a frame as sent once, however often it departs', () => {
    const flights = new Flights();
    flights.beginSession();
    expect(flights.depart(frame(1))).toBe(true);
    expect(flights.depart(frame(1))).toBe(false);
    expect(flights.inFlight).toBe(1);
    flights.beginSession();
    expect(flights.inFlight).toBe(0);
    expect(flights.has(EPOCH, 1)).toBe(false);
    expect(flights.depart(frame(1))).toBe(false);
    expect(flights.inFlight).toBe(1);
  });

  it('lands each frame once, those of former sessions included', () => {
    const flights = new Flights();
    flights.beginSession();
    flights.depart(frame(1));
    flights.depart(frame(2));
    flights.beginSession();
    flights.depart(frame(3));
    expect(landed(flights, 1, 0xffff_ffff)).toEqual([
      [10, 100],
      [10, 200],
      [10, 300],
    ]);
    expect(landed(flights, 1, 3)).toEqual([]);
    expect(flights.inFlight).toBe(0);
  });

  it('lands a frame that was given up without its readings', () => {
    const flights = new Flights();
    flights.beginSession();
    flights.depart(frame(1));
    flights.expire(EPOCH, 1);
    flights.expire(EPOCH, 2);
    expect(landed(flights, 1, 1)).toEqual([[0, 100]]);
    flights.depart(frame(3));
    flights.expire(EPOCH, 3);
    flights.beginSession();
    expect(landed(flights, 1, 9)).toEqual([]);
  });
});
