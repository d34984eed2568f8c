import { describe, expect, it } from 'vitest';
import type { Refused } from '../auth/refusals.js';
import { explain } from './explain.js';
import type { Facts } from './facts.js';
import { ago, facts, HEALTHY, HEALTHY_DEVICE, NOW_US } from './facts.testing.js';

const OFFLINE = { state: 'offline', connection: null, sinceUs: ago(300) } as const;
const CONNECTION = HEALTHY_DEVICE.connection!;
const FORMER = { sinceUs: ago(900), atUs: ago(300), remote: '192.0.2.7' };

const refused = (code: string, more: Partial<Refused> = {}): Refused => ({
  ...{ remote: '192.0.2.9', device: 'pi-1', holder: null, code, message: 'unknown token' },
  ...{ count: 14, firstUs: ago(200), lastUs: ago(20) },
  ...more,
});

const source = (port: string | null, more: object = {}) => ({
  ...HEALTHY_DEVICE.sources[0]!,
  port,
  portUs: ago(180),
  ...more,
});
const takeover = (s: number, from: string, to: string) => ({ atUs: ago(s), from, to });
const store = (more: object) => [{ ...HEALTHY.stores[0]!, ...more }];
const clock = (clockSource: 'synced' | 'device' | 'bounded', uncertaintyUs: number) => {
  return { connection: { ...CONNECTION, clock: { source: clockSource, uncertaintyUs } } };
};
const backlog = {
  frames: 4_812,
  framesPerSecond: 344,
  readings: 48_120,
  oldestUs: ago(7_200),
  endUs: NOW_US + 14e6,
};

/** What is so, and what comes of it: severity and code, words of the message, words of the advice. */
const TABLE: readonly (readonly [string, Facts, string, RegExp, RegExp])[] = [
  ['a name nobody has', facts(null), 'error device.unknown', /"pi-1" has ever said hello/, /agent running/],
  [
    'a name mistyped',
    facts(null, { nearest: ['pi-11', 'pi-10'] }),
    'error device.unknown',
    /known are pi-11, pi-10/,
    /one of those meant/,
  ],
  [
    'a token nobody knows',
    facts(null, { refused: [refused('auth.unauthorized')] }),
    'error device.token_unknown',
    /named pi-1 at 192\.0\.2\.9 was turned away 14 times, last 20 s ago .*does not know its token/,
    /revoked or mistyped/,
  ],
  [
    'no token at all',
    facts(null, { refused: [refused('auth.unauthorized', { message: 'no bearer token', count: 1 })] }),
    'error device.token_unknown',
    /1 time, .*brings no token/,
    /Give the device one/,
  ],
  [
    'too many wrong tokens',
    facts(null, { refused: [refused('auth.too_many_failures')] }),
    'error device.token_unknown',
    /has to wait/,
    /Correct the token/,
  ],
  [
    'a token with another role',
    facts(OFFLINE, { refused: [refused('auth.forbidden', { holder: 'grafana' })] }),
    'error device.token_role',
    /the token "grafana" is known, but is not for devices/,
    /role: device/,
  ],
  [
    "another device's token",
    facts(OFFLINE, { refused: [refused('protocol.device_mismatch', { holder: 'lab' })] }),
    'error device.token_other',
    /the token "lab" is for another device/,
    /correct its name/,
  ],
  [
    'a nameless caller where the offline device was last',
    facts(OFFLINE, { refused: [refused('auth.unauthorized', { device: null })] }),
    'error device.token_unknown',
    /a caller at 192\.0\.2\.9, where pi-1 was last,/,
    /./,
  ],
  [
    'a second machine with its name while it is there',
    facts({}, { refused: [refused('auth.unauthorized')] }),
    'warning device.token_unknown',
    /14 times/,
    /Another machine uses the name/,
  ],
  [
    'a hub that is full',
    facts(OFFLINE, { refused: [refused('hub.busy', { message: '20000 connections; the limit is 20000' })] }),
    'error hub.busy',
    /full or too many .*the limit is 20000/,
    /limits\.connections/,
  ],
  [
    'no hello',
    facts(OFFLINE, { refused: [refused('hub.no_hello')] }),
    'error device.no_hello',
    /does not say which/,
    /hangs/,
  ],
  [
    'a connection cut by the network',
    facts({ ...OFFLINE, former: { ...FORMER, by: 'network', code: null, reason: 'it broke off' } }),
    'error device.offline',
    /offline for 5 min, since 2026-11-22 11:55:00Z: its connection from 192\.0\.2\.7, which lasted 10 min, broke off/,
    /Power, network/,
  ],
  [
    'a goodbye of the device',
    facts({ ...OFFLINE, former: { ...FORMER, by: 'device', code: 1001, reason: 'the agent stops' } }),
    'error device.offline',
    /ended by the device with 1001: "the agent stops"/,
    /start it/,
  ],
  [
    'a deadline',
    facts({ ...OFFLINE, former: { ...FORMER, by: 'hub', code: 3008, reason: 'nothing came for 30000 ms' } }),
    'error device.offline',
    /ended by the hub with 3008: "nothing came for 30000 ms"/,
    /line is dead/,
  ],
  [
    'an abuse',
    facts({
      ...OFFLINE,
      former: { ...FORMER, by: 'hub', code: 1008, reason: 'more than 512 unanswered frames' },
    }),
    'error device.offline',
    /1008/,
    /update it/,
  ],
  [
    'nothing since the hub started',
    facts({ ...OFFLINE, lastSeenUs: ago(90_000) }),
    'error device.offline',
    /not connected since the hub started 1 d ago; the last of it came 2026-11-21 11:00:00Z/,
    /power and network/,
  ],
  [
    'a device over HTTP that stopped',
    facts({ ...OFFLINE, postedUs: ago(300) }),
    'error device.offline',
    /over HTTP, the last 5 min ago/,
    /program that posts/,
  ],
  [
    'two machines with one name',
    facts({
      takeovers: [
        takeover(90, '192.0.2.7', '192.0.2.8'),
        takeover(60, '192.0.2.8', '192.0.2.7'),
        takeover(20, '192.0.2.7', '192.0.2.8'),
      ],
    }),
    'warning device.twins',
    /took over 3 times in 1 min 30 s, from 192\.0\.2\.7 and 192\.0\.2\.8: two devices with one name/,
    /another name/,
  ],
  [
    'connected and silent',
    facts({ state: 'stale', lastReadingUs: ago(75) }),
    'error device.silent',
    /connected from 192\.0\.2\.7 \(for 1 h\) but no reading came for 1 min 15 s, though one is due every 1 s/,
    /sources, ports and wiring/,
  ],
  [
    'a port unplugged',
    facts({ sources: [source('waiting: /dev/ttyUSB0: no such file'), source('open', { name: 'system' })] }),
    'warning port.waiting',
    /port of source boiler is waiting for 3 min: \/dev\/ttyUSB0: no such file/,
    /Plug it in/,
  ],
  [
    'the only port closed',
    facts({ sources: [source('closed: bad settings')] }),
    'error port.closed',
    /bad settings/,
    /correct its settings/,
  ],
  [
    'bytes that are no readings',
    facts({ sources: [source('open', { discardedBytes: 35_000, discardedUs: ago(3) })] }),
    'warning port.discards',
    /boiler has thrown away 35 kB that were no readings, the last 3 s ago/,
    /baud rate/,
  ],
  [
    'a channel nobody described',
    facts({}, { channel: 'boiler/temprature', nearest: ['boiler/temperature'] }),
    'error channel.unknown',
    /never described a channel "boiler\/temprature"; it has boiler\/temperature/,
    /Correct the name/,
  ],
  [
    'a channel without a reading',
    facts({}, { channel: 'boiler/alarm' }),
    'error channel.empty',
    /no reading of it has ever come/,
    /wiring/,
  ],
  [
    'one channel of several that stopped',
    facts({ channels: [HEALTHY_DEVICE.channels[0]!, { ...HEALTHY_DEVICE.channels[1]!, lastUs: ago(240) }] }),
    'warning channel.stale',
    /last reading of boiler\/flow is 4 min old \(2026-11-22 11:56:00Z\), though one is due every 1 s/,
    /wiring/,
  ],
  [
    'several channels that stopped',
    facts({
      channels: Array.from({ length: 9 }, (_, i) => ({
        name: `c${i}`,
        intervalMs: 1_000,
        lastUs: ago(i < 7 ? 60 : 1),
        logOffset: 1,
      })),
    }),
    'warning channel.stale',
    /7 channels bring nothing new, though others do: c0, c1, c2, c3 and 3 more/,
    /./,
  ],
  [
    'a channel without a pace that is quiet',
    facts({ channels: [{ ...HEALTHY_DEVICE.channels[2]!, lastUs: ago(600) }] }, { channel: 'boiler/alarm' }),
    'note channel.quiet',
    /boiler\/alarm is 10 min old .* comes as things happen/,
    /set its interval/,
  ],
  [
    'a clock never compared',
    facts(clock('bounded', 42e6)),
    'warning clock.unsynced',
    /placed from when its hello came .*off by 42 s/,
    /probe/,
  ],
  [
    "the device's own clock",
    facts(clock('device', 2e6)),
    'warning clock.unsynced',
    /device's own clock .*off by 2 s/,
    /probe/,
  ],
  ['a slow way', facts(clock('synced', 3e6)), 'note clock.coarse', /known to 3 s only/, /less delay/],
  [
    'a clock that contradicts',
    facts({ connection: { ...CONNECTION, implausibleClockUs: ago(60) } }),
    'warning clock.implausible',
    /at 2026-11-22 11:59:00Z it sent a time that the hub's clock contradicts/,
    /hub's own clock/,
  ],
  [
    'a full disk of the hub',
    facts({}, { log: { state: 'disk_full', error: 'ENOSPC: no space left on device' } }),
    'error log.disk_full',
    /cannot write its log.*ENOSPC/,
    /Make room/,
  ],
  [
    'a failing disk of the hub',
    facts({}, { log: { state: 'failed', error: 'EIO' } }),
    'error log.failed',
    /EIO/,
    /Check the disk/,
  ],
  [
    'a store that is down',
    facts(
      {},
      {
        stores: store({
          name: 'influx',
          state: 'waiting',
          error: 'http://db:8086: ECONNREFUSED',
          retryAtUs: NOW_US + 12e6,
          lagBytes: 3.2e6,
        }),
      },
    ),
    'warning store.waiting',
    /influx takes nothing in, 3\.2 MB of the log wait for it; next try in 12 s: http:\/\/db:8086: ECONNREFUSED/,
    /Nothing is lost/,
  ],
  [
    'a store that gave up',
    facts({}, { stores: store({ state: 'failed', error: 'filled from another log' }) }),
    'error store.failed',
    /another log/,
    /./,
  ],
  [
    'a store that catches up',
    facts({}, { stores: store({ cursor: 850, lagBytes: 40e6, caughtUpUs: NOW_US + 95e6 }) }),
    'note store.behind',
    /40 MB behind .*caught up in 1 min 35 s, at 2026-11-22 12:01:35Z/,
    /Wait/,
  ],
  [
    'a store that never will',
    facts({}, { stores: store({ cursor: 0, lagBytes: 40e6, caughtUpUs: null }) }),
    'warning store.behind',
    /40 MB behind/,
    /faster/,
  ],
  [
    'readings set aside',
    facts({
      quarantined: [{ store: 'influx', readings: 12, sinceUs: ago(60), reason: 'field type conflict' }],
    }),
    'warning store.quarantine',
    /influx refused 12 readings of it, the first 1 min ago.*"field type conflict"/,
    /weir quarantine list --device pi-1/,
  ],
  [
    'a fresh refusal',
    facts({
      rejects: [
        {
          code: 'protocol.too_many_channels',
          count: 3,
          lastUs: ago(5),
          limit: 1_024,
          value: 1_030,
          message: 'pi-1 has 1030 channels',
        },
      ],
    }),
    'warning frames.rejected',
    /refused 3 frames of it for good with protocol\.too_many_channels, the last 5 s ago: .*\(limit 1024, value 1030\)/,
    /limits\.channels_per_device/,
  ],
  [
    'an old refusal',
    facts({
      rejects: [
        { code: 'protocol.value_type', count: 1, lastUs: ago(9_000), limit: null, value: null, message: 'x' },
      ],
    }),
    'note frames.rejected',
    /1 frame/,
    /channel of their own/,
  ],
  [
    'a spool that was full',
    facts({ loss: { frames: 1_200, lastUs: ago(120), reason: 1 } }),
    'warning readings.lost',
    /gave up 1,200 frames in all .*the last 2 min ago: its spool was full/,
    /size of the spool.*weir ledger pi-1/,
  ],
  [
    'an old loss',
    facts({ loss: { frames: 1, lastUs: null, reason: null } }),
    'note readings.lost',
    /gave up 1 frame in all/,
    /weir ledger/,
  ],
  [
    'a backlog that drains',
    facts({ backlog }),
    'note backlog.draining',
    /4,812 frames \(about 48,120 readings\) are still on the device, the oldest from about 2026-11-22 10:00:00Z \(2 h ago\); 344 frames a second arrive, so the last comes in 14 s, at 2026-11-22 12:00:14Z/,
    /new readings come first/,
  ],
  [
    'a backlog that has just begun',
    facts({
      connection: { ...CONNECTION, sinceUs: ago(2) },
      backlog: { ...backlog, readings: null, oldestUs: null, endUs: null },
    }),
    'note backlog.draining',
    /^4,812 frames are still on the device; they have just begun to come$/,
    /./,
  ],
  [
    'a backlog that stands still',
    facts({ backlog: { ...backlog, endUs: null } }),
    'warning backlog.stalled',
    /none of them came for half a minute/,
    /./,
  ],
];

describe('explain', () => {
  it('finds nothing where nothing is wrong, and says how well it is', () => {
    expect(explain(HEALTHY)).toEqual({
      ok: true,
      summary:
        'pi-1 is online with 3 channels, the last reading was taken 0.4 s ago, times are known to 1.2 ms',
      findings: [],
      backlog: null,
    });
    expect(explain(facts({}, { channel: 'boiler/flow' }))).toMatchObject({ ok: true, findings: [] });
  });

  it.each(TABLE)('%s', (_, given, expected, message, advice) => {
    const { ok, summary, findings } = explain(given);
    const [severity, code] = expected.split(' ');
    const finding = findings.find((each) => each.code === code);
    expect(findings.map((each) => `${each.severity} ${each.code}`)).toContain(expected);
    expect(finding?.message).toMatch(message);
    expect(finding?.advice).toMatch(advice);
    expect(ok).toBe(severity === 'note');
    // The cause itself comes first, before what merely follows from it.
    if (!/unknown|offline/.test(findings[0]?.code ?? '')) expect(findings[0]?.code).toBe(code);
    if (!ok) expect(summary).toBe(findings[0]?.message);
  });

  it('puts causes before consequences, errors before warnings before notes', () => {
    const given = facts(
      {
        ...OFFLINE,
        backlog: { ...backlog, endUs: null },
        rejects: [
          { code: 'protocol.value_type', count: 1, lastUs: ago(1), limit: null, value: null, message: 'x' },
        ],
      },
      { log: { state: 'disk_full', error: null }, refused: [refused('auth.unauthorized')] },
    );
    expect(explain(given).findings.map(({ code }) => code)).toEqual([
      ...['log.disk_full', 'device.token_unknown', 'device.offline', 'frames.rejected', 'backlog.stalled'],
    ]);
  });

  it('does not repeat for each channel that a device is gone, nor what its ports were before', () => {
    const old = HEALTHY_DEVICE.channels.map((each) => ({ ...each, lastUs: ago(900) }));
    const given = facts({ ...OFFLINE, channels: old, sources: [source('waiting: gone')] });
    expect(explain(given).findings.map(({ code }) => code)).toEqual(['device.offline']);
  });

  it('looks at the sources of the channel asked for alone', () => {
    const sources = [source('waiting: gone'), source('open', { name: 'system' })];
    expect(explain(facts({ sources }, { channel: 'boiler/flow' })).ok).toBe(false);
    const channels = [{ name: 'system/load', intervalMs: 1_000, lastUs: ago(1), logOffset: 1 }];
    expect(explain(facts({ sources, channels }, { channel: 'system/load' })).ok).toBe(true);
  });

  it('forgets a refusal that the device has got past, or that is long ago', () => {
    const past = refused('auth.unauthorized', { lastUs: ago(4_000) });
    expect(explain(facts({}, { refused: [past] })).ok).toBe(true);
    expect(explain(facts(OFFLINE, { refused: [past] })).findings.map(({ code }) => code)).toEqual([
      'device.offline',
    ]);
  });

  it('forgets a refusal from before the last connection, which is gone now', () => {
    const former = { ...FORMER, sinceUs: ago(400), by: 'network', code: null, reason: '' } as const;
    const before = refused('auth.unauthorized', { lastUs: ago(401) });
    const after = refused('auth.unauthorized', { lastUs: FORMER.atUs + 1 });
    const codesOf = (given: Refused) =>
      explain(facts({ ...OFFLINE, former }, { refused: [given] })).findings.map(({ code }) => code);
    expect(codesOf(before)).toEqual(['device.offline']);
    expect(codesOf(after)).toEqual(['device.token_unknown', 'device.offline']);
  });

  it.each([
    ['offline', facts({ ...OFFLINE, backlog }), /because the device is offline/],
    ['disk full', facts({ backlog }, { log: { state: 'disk_full', error: null } }), /grants no credit/],
  ])('says why a backlog does not drain: %s', (_, given, why) => {
    expect(explain(given).backlog?.stalled).toMatch(why);
  });
});
