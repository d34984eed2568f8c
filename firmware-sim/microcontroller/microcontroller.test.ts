import { createReadStream } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { seededEntropy, systemClock, systemTimers } from '@weir/runtime';
import { available, temporaryFolder, waitFor } from '@weir/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openPty } from '../serial-line/pty.js';
import type { SerialLine } from '../serial-line/serial-line.js';
import { openTcpLine } from '../serial-line/tcp.js';
import { simulatedSensors } from '../signals/sensors.js';
import { formatReadings } from './format.js';
import { startMicrocontroller, type MicrocontrollerOptions } from './microcontroller.js';

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

function start(line: SerialLine, options: Partial<MicrocontrollerOptions> = {}) {
  const entropy = seededEntropy(1);
  const controller = startMicrocontroller({
    line,
    sensors: simulatedSensors(3, entropy),
    rateHz: 200,
    format: 'json',
    clock: systemClock,
    timers: systemTimers,
    entropy,
    ...options,
  });
  onTestFinished(() => controller.stop());
  return controller;
}

describe('formatReadings', () => {
  const readings = [
    { name: 'a', value: 21.57 },
    { name: 'b', value: -3 },
  ];

  it('writes JSON and CSV lines', () => {
    expect(text(formatReadings('json', readings))).toBe('{"a":21.57,"b":-3}\n');
    expect(text(formatReadings('csv', readings))).toBe('21.57,-3\n');
  });

  it('writes a CBOR map in a SLIP frame, special bytes escaped', () => {
    const hex = Buffer.from(formatReadings('cbor-slip', [{ name: 'x', value: -512 }])).toString('hex');
    expect(hex).toBe('c0' + 'b801' + '780178' + 'fbdbdc80000000000000' + 'c0');
  });
});

describe('startMicrocontroller', () => {
  it('writes whole lines to whoever reads its TCP port', async () => {
    const line = await openTcpLine();
    onTestFinished(() => line.close());
    if (line.address.kind !== 'tcp') throw new Error('not TCP');
    const socket = connect(line.address.port, line.address.host);
    onTestFinished(() => void socket.destroy());
    let received = '';
    socket.on('data', (chunk) => (received += chunk.toString()));
    const controller = start(line);
    await waitFor(() => received.split('\n').length > 20);
    for (const each of received.split('\n').slice(0, -1)) {
      expect(Object.keys(JSON.parse(each) as object)).toEqual(['temperature', 'humidity', 'pressure']);
    }
    expect(controller.counts()).toMatchObject({ cut: 0, garbageBytes: 0 });
  });

  it('drops what nobody reads, as a UART does', async () => {
    const line = await openTcpLine();
    onTestFinished(() => line.close());
    const controller = start(line);
    await waitFor(() => controller.counts().dropped > 3);
    expect(controller.counts().written).toBe(0);
  });

  it('cuts sets and writes garbage when told to', async () => {
    const written: Uint8Array[] = [];
    const line: SerialLine = {
      address: { kind: 'tcp', host: '', port: 0 },
      write: (bytes) => written.push(bytes) > 0,
      close: () => Promise.resolve(),
    };
    const controller = start(line, { rateHz: 2000, garbage: 0.3, cut: 0.3 });
    await waitFor(() => written.length > 500);
    controller.stop();
    const counts = controller.counts();
    expect(counts.cut).toBeGreaterThan(50);
    expect(counts.garbageBytes).toBeGreaterThan(500);
    const isSet = (bytes: Uint8Array): boolean => bytes[0] === 0x7b && bytes.at(-1) === 0x0a;
    expect(written.filter(isSet).length).toBeGreaterThanOrEqual(counts.written);
    expect(written.filter(isSet).length).toBeLessThan(written.length);
  });

  it.skipIf(!available('socat'))('writes to a pty that readers may open and close', async () => {
    const path = join(await temporaryFolder(), 'tty');
    const line = await openPty(path);
    onTestFinished(() => line.close());
    start(line);
    for (let reader = 0; reader < 2; reader++) {
      const stream = createReadStream(path).on('error', () => undefined);
      let received = '';
      stream.on('data', (chunk) => (received += chunk.toString()));
      await waitFor(() => received.split('\n').length > 5, { what: `lines for reader ${reader}` });
      stream.destroy();
    }
  });
});
