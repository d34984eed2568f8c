import { describe, expect, it } from 'vitest';
import { placeName } from './place-name.js';

describe('which device and channel a SenML name means', () => {
  it.each([
    ['pi-1/boiler/temperature', 'pi-1', 'boiler/temperature'],
    ['2001:db8::2/temperature', '2001:db8::2', 'temperature'],
    ['urn:dev:mac:0024befffe804ff1/temp', 'urn:dev:mac:0024befffe804ff1', 'temp'],
    ['urn:dev:ow:10e2073a01080063:voltage', 'urn:dev:ow:10e2073a01080063', 'voltage'],
    ['urn:dev:ow:10e2073a01080063_voltage', 'urn:dev:ow:10e2073a01080063', 'voltage'],
    ['urn:dev:ow:10e2073a01080063', 'urn:dev:ow:10e2073a01080063', 'value'],
  ])('%s', (name, device, channel) => {
    expect(placeName(name, null)).toEqual({ device, channel });
  });

  it.each([
    ['temperature', 'temperature'],
    ['boiler/temperature', 'boiler/temperature'],
    ['pi-1/boiler/temperature', 'boiler/temperature'],
    ['pi-1:voltage', 'voltage'],
    ['pi-1', 'value'],
    ['pi-10/voltage', 'pi-10/voltage'],
  ])('%s on a device that is known', (name, channel) => {
    expect(placeName(name, 'pi-1')).toEqual({ device: 'pi-1', channel });
  });

  it.each(['temperature', 'a//b', '/b', 'a/', `a/${'x'.repeat(129)}`])('is unclear for %s', (name) => {
    expect(() => placeName(name, null)).toThrow(/name|device/);
  });
});
