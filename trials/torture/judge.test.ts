import { describe, expect, it } from 'vitest';
import { judge, type Evidence, type Verdict } from './judge.js';
import type { JournalLine } from './journal.js';
import type { StoredReading } from './stored.js';
import type { Delivery } from './subscriber.js';

const OFFSET_US = 1_000_000;

const LINES: JournalLine[] = [
  ['run', OFFSET_US],
  [
    'sent',
    7,
    2,
    [
      ['1', 100],
      ['n2', 200],
    ],
  ],
  ['sent', 7, 3, [['3', 300]]],
  ['acked', 7, 1, 2],
];

const row = (
  key: string,
  seq: number,
  monotonicUs: number,
  more: Partial<StoredReading> = {},
): StoredReading => ({
  device: 'a',
  key,
  epoch: 7,
  seq,
  monotonicUs,
  timeUs: monotonicUs + OFFSET_US,
  uncertaintyUs: 10,
  ...more,
});
const ROWS = [row('1', 2, 100), row('n2', 2, 200)];

const delivery = (key: string, sequence: number): [string, Delivery] => [
  `a ${key}`,
  { device: 'a', key, epoch: 7, sequence, index: 0, count: 1 },
];
const DELIVERIES = new Map([delivery('1', 2), delivery('n2', 2)]);

function verdict(more: Partial<Omit<Evidence, 'journals'>> & { lines?: JournalLine[] } = {}): Verdict {
  const { lines = LINES, ...rest } = more;
  const takenByBroker = new Set<string>();
  return judge({
    journals: new Map([['a', lines]]),
    stored: ROWS,
    deliveries: DELIVERIES,
    takenByBroker,
    ...rest,
  });
}

describe('the judge', () => {
  it('finds nothing wrong where all that was confirmed is there once', () => {
    expect(verdict()).toEqual({
      ...{ acked: 2, stored: 2, delivered: 2 },
      ...{
        lost: [],
        duplicated: [],
        altered: [],
        misdated: [],
        rejected: [],
        undelivered: [],
        lostByBroker: [],
      },
    });
  });

  it('takes no notice of what was sent and not confirmed, stored or not', () => {
    expect(verdict({ stored: [...ROWS, row('3', 3, 300)] })).toMatchObject({
      stored: 3,
      lost: [],
      altered: [],
    });
  });

  it.each([
    ['is not stored', { stored: ROWS.slice(1) }, { lost: ['a 1'] }],
    ['is stored twice', { stored: [...ROWS, ROWS[0]!] }, { duplicated: ['a 1'] }],
    [
      'is stored twice, under another identity',
      { stored: [...ROWS, row('1', 3, 100)] },
      { duplicated: ['a 1'], altered: ['a 1 in the store'] },
    ],
    ['was never sent', { stored: [...ROWS, row('9', 2, 100)] }, { altered: ['a 9 in the store'] }],
    [
      'has another time of the device',
      { stored: [row('1', 2, 101), ROWS[1]!] },
      { altered: ['a 1 in the store'] },
    ],
    [
      'is further from its time than said',
      { stored: [row('1', 2, 100, { timeUs: OFFSET_US + 100 + 5_011 }), ROWS[1]!] },
      { misdated: ['a 1 by 5011 us, said to be within 10'] },
    ],
    ['is not delivered', { deliveries: new Map([delivery('1', 2)]) }, { undelivered: ['a n2'] }],
    [
      'is not delivered though the broker had taken it over',
      { deliveries: new Map([delivery('1', 2)]), takenByBroker: new Set(['a n2']) },
      { undelivered: [], lostByBroker: ['a n2'] },
    ],
    [
      'is delivered under another identity',
      { deliveries: new Map([delivery('1', 2), delivery('n2', 3)]) },
      { altered: ['a n2 over MQTT'] },
    ],
    [
      'was sent under two identities',
      { lines: [...LINES, ['sent', 8, 1, [['3', 300]]] as JournalLine] },
      { altered: ['a 3 sent again'] },
    ],
    [
      'was refused',
      { lines: [...LINES, ['rejected', 7, 3, 'no'] as JournalLine] },
      { rejected: ['a epoch 7 frame 3: no'] },
    ],
  ])('tells a reading that %s', (_what, evidence, expected) => {
    expect(verdict(evidence)).toMatchObject(expected);
  });
});
