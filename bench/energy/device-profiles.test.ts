import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { WeirError } from '@weir/runtime';
import { temporaryFolder } from '@weir/testing';
import { describe, expect, test } from 'vitest';
import { deviceProfiles } from './device-profiles.js';
import { energyOfMessage } from './message.js';

const BOARD = {
  name: 'my-board',
  title: 'My board',
  source: 'my own meter',
  notes: [],
  idleW: 1,
  loadW: 3,
  loadCores: 2,
  cpuSlowdown: { factor: 2, source: 'weir bench agent on both' },
};
const RADIO = {
  name: 'my-radio',
  title: 'My radio',
  source: 'its datasheet',
  notes: ['asleep at once'],
  kind: 'states',
  upMwPerMbps: 0,
  downMwPerMbps: 0,
  idle: { powerW: 0.1 },
  stages: [{ name: 'on', lastsS: 0.5, powerW: 1.1 }],
};
const DEVICE = { name: 'mine', title: 'Mine', notes: [], board: 'my-board', radio: 'my-radio' };
const MESSAGE = { upPackets: 1, upBytes: 100, downPackets: 0, downBytes: 0, cpuS: 0.5 };

async function file(content: unknown, name = 'mine.json'): Promise<string> {
  const path = join(await temporaryFolder(), name);
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content, null, 2));
  return path;
}

function refusalOf(path: string): WeirError {
  try {
    deviceProfiles([path]);
  } catch (error) {
    return WeirError.from(error);
  }
  throw new Error(`${path} was taken`);
}

describe("a user's own file", () => {
  test('brings board, radio and device', async () => {
    const mine = deviceProfiles([await file({ board: BOARD, radio: RADIO, device: DEVICE })]).at(-1)!;
    expect(mine).toMatchObject({ name: 'mine', notes: ['asleep at once'] });
    const { radioJ, cpuJ } = energyOfMessage(mine, MESSAGE);
    expect(radioJ).toBeCloseTo(0.5 * (1.1 - 0.1), 12);
    expect(cpuJ).toBeCloseTo((0.5 * 2 * (3 - 1)) / 2, 12);
  });

  test('may use the boards and radios that Weir brings, and other files', async () => {
    const device = { ...DEVICE, radio: 'lte-aro' };
    const files = [await file({ device }), await file({ board: BOARD }, 'board.json')];
    expect(deviceProfiles(files).at(-1)?.radio.title).toMatch(/LTE/);
  });

  test('may be YAML', async () => {
    const yaml = 'device:\n  name: mine\n  title: Mine\n  notes: []\n  board: pi3b\n  radio: 3g-aro\n';
    expect(deviceProfiles([await file(yaml, 'mine.yaml')]).at(-1)?.name).toBe('mine');
  });
});

describe('refused, with file, place and value:', () => {
  test.each([
    {
      what: 'a key in another unit',
      content: { board: { ...BOARD, idleW: undefined, idleMw: 1000 } },
      says: /mine\.json:\d+:\d+: .*"board\.idle(W|Mw)"/,
    },
    {
      what: 'a figure in another unit',
      content: { board: { ...BOARD, idleW: 1400 } },
      says: /mine\.json:7:5: "board\.idleW": .*100, got 1400/,
    },
    {
      what: 'a text for a number',
      content: { board: { ...BOARD, idleW: '1.4 W' } },
      says: /mine\.json:7:5: "board\.idleW": .*number, received string, got "1\.4 W"/,
    },
    {
      what: 'a negative power in a list',
      content: { radio: { ...RADIO, stages: [{ name: 'on', lastsS: 0.5, powerW: -1 }] } },
      says: /mine\.json:\d+:\d+: "radio\.stages\.0\.powerW": .*got -1/,
    },
    {
      what: 'a time that never ends',
      content:
        '{"radio": {"name": "r", "title": "r", "source": "r", "notes": [], "kind": "states", "upMwPerMbps": 0, "downMwPerMbps": 0, "idle": {"powerW": 0}, "stages": [{"name": "on", "lastsS": 1e999, "powerW": 1}]}}',
      says: /"radio\.stages\.0\.lastsS"/,
    },
    {
      what: 'a model that there is not',
      content: { radio: { ...RADIO, kind: 'magic' } },
      says: /mine\.json:\d+:\d+: "radio\.kind"/,
    },
    {
      what: 'a board without a source',
      content: { board: { ...BOARD, source: '' } },
      says: /"board\.source"/,
    },
    {
      what: 'full load below idle',
      content: { board: { ...BOARD, loadW: 0.5 } },
      says: /mine\.json: "board\.loadW": 0\.5 is less than "idleW", 1/,
    },
    {
      what: 'a rate that its table has not',
      content: {
        radio: {
          name: 'my-wifi',
          title: 'Mine',
          source: 'me',
          notes: [],
          kind: 'frames',
          rateMbps: 11,
          txDbm: 15,
          sentFrameMj: 0,
          receivedFrameMj: 0,
          listenMw: 0,
          llcBytes: 8,
          rates: [{ mbps: 24, txMw: [500], atDbm: [15], rxMw: 50 }],
        },
      },
      says: /mine\.json: radio "my-wifi": "rates" has no power for rateMbps 11 at txDbm 15/,
    },
    {
      what: 'a board that nobody brings',
      content: { device: { ...DEVICE, board: 'pi3c', radio: 'lte-aro' } },
      says: /mine\.json: "device\.board": there is no "pi3c"; did you mean "pi3b"\?/,
    },
    {
      what: 'a name that is taken',
      content: { board: { ...BOARD, name: 'pi3b' } },
      says: /mine\.json: the name "pi3b" is taken by .*board-pi3b\.json/,
    },
    { what: 'no JSON', content: '{"board": ', says: /mine\.json:1:\d+: / },
    { what: 'something else', content: '[1, 2]', says: /mine\.json:1:1: expected a map/ },
  ])('$what', async ({ content, says }) => {
    const path = await file(content);
    const refusal = refusalOf(path);
    expect(refusal.message).toMatch(says);
    expect(refusal.code).toMatch(/^config\./);
  });

  test('a file that is not there', () => {
    expect(() => deviceProfiles(['/nowhere/mine.json'])).toThrow(/cannot read \/nowhere\/mine\.json/);
  });
});
