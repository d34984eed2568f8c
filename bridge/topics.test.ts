import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { bridgeStatusTopic, deviceStatusTopic, readingTopic, TOPIC_PREFIX } from './topics.js';

const word = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_.:-]{0,12}$/);
const device = word;
const part = fc.oneof(word, fc.constantFrom('status', 'value'));
const channel = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));

describe('topics', () => {
  it('are the prefix, the device and the channel', () => {
    expect(readingTopic('weir', 'boiler-room', 'boiler/temperature')).toBe(
      'weir/boiler-room/boiler/temperature',
    );
    expect(readingTopic('site/a', 'd', 'c')).toBe('site/a/d/c');
    expect(deviceStatusTopic('weir', 'd')).toBe('weir/d/status');
    expect(bridgeStatusTopic('weir', 'main')).toBe('weir/$bridge/main/status');
  });

  it('keep the status topic free', () => {
    expect(readingTopic('weir', 'd', 'status')).toBe('weir/d/status/value');
    expect(readingTopic('weir', 'd', 'status/value')).toBe('weir/d/status/value/value');
    expect(readingTopic('weir', 'd', 'status/other')).toBe('weir/d/status/other');
    expect(readingTopic('weir', 'd', 'door/status')).toBe('weir/d/door/status');
  });

  it('differ for any two channels, and from every status topic', () => {
    fc.assert(
      fc.property(device, channel, device, channel, (device1, channel1, device2, channel2) => {
        const [one, two] = [readingTopic('weir', device1, channel1), readingTopic('weir', device2, channel2)];
        expect(one === two).toBe(device1 === device2 && channel1 === channel2);
        expect(one).not.toBe(deviceStatusTopic('weir', device2));
      }),
    );
  });

  it.each([
    '',
    '#',
    '+',
    '$SYS',
    'a b',
    'a#',
    'a+',
    '/a',
    'a/',
    'a//b',
    '../x',
    'a/+/b',
    'a\u0000',
    'ü',
    'a'.repeat(129),
  ])('are never made of the channel %j', (name) =>
    expect(() => readingTopic('weir', 'd', name)).toThrow(
      expect.objectContaining({ code: 'bridge.bad_name' }),
    ),
  );

  it.each(['', '#', '+', '$bridge', 'a/b', 'a#', '-a', 'a\n'])('are never made of the device %j', (name) => {
    expect(() => deviceStatusTopic('weir', name)).toThrow(
      expect.objectContaining({ code: 'bridge.bad_name' }),
    );
    expect(() => readingTopic('weir', name, 'c')).toThrow(
      expect.objectContaining({ code: 'bridge.bad_name' }),
    );
  });

  it.each(['$SYS', 'a/', '/a', 'a/#', '', 'a//b', '+', 'a'.repeat(129)])('take no prefix %j', (prefix) =>
    expect(TOPIC_PREFIX.test(prefix)).toBe(false),
  );
});
