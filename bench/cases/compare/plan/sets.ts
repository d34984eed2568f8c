/** The scenarios of the comparison, in sets that can be run apart. */
import { delayOnly, LOOPBACK, type Impairments } from '../../../network/impairments.js';
import { NETWORKS } from '../../../network/profiles.js';
import { UPLINK_METHODS, type Method, type Scenario } from '../scenario.js';

export const SETS = [
  'quick',
  'classic',
  'throughput',
  'networks',
  'rates',
  'payloads',
  'devices',
  'nagle',
] as const;
export type SetName = (typeof SETS)[number];

/** One small reading four times a second, as wind sensors give it (doi 10.1109/MIC.2012.64). */
const CLASSIC_HZ = 4;
const MIDDLE_DELAY_MS = 20;
/** The delay at which claims are judged; the others stand beside it. */
const HEADLINE_DELAY_MS = 75;
const CLASSIC_DELAYS_MS = [0.2, MIDDLE_DELAY_MS, HEADLINE_DELAY_MS, 150];
/** As often as the sensor speaks. */
const SENSOR_POLL_MS = 1_000 / CLASSIC_HZ;
const SLOW_POLL_MS = 1_000;
const SLOWEST_POLL_MS = 5_000;
const FAST_HZ = 500;

type Load = Partial<Pick<Scenario, 'devices' | 'rateHz' | 'readingsPerMessage' | 'noDelay'>>;

function scenario(
  direction: Scenario['direction'],
  method: Method,
  network: Impairments,
  load: Load = {},
  pollMs: number | null = null,
): Scenario {
  const usual = { noDelay: true, devices: 1, rateHz: CLASSIC_HZ, readingsPerMessage: 1 };
  return { direction, method, network, ...usual, ...load, pollMs };
}

const uplinks = (methods: readonly Method[], network: Impairments, load: Load = {}): Scenario[] =>
  methods.map((method) => scenario('uplink', method, network, load));

const displays = (methods: readonly Method[], network: Impairments, load: Load = {}): Scenario[] =>
  methods.map((method) => scenario('display', method, network, load));

const polls = (
  direction: 'display' | 'command',
  pollsMs: readonly number[],
  network: Impairments,
  load: Load = {},
) => pollsMs.map((pollMs) => scenario(direction, 'poll', network, load, pollMs));

/** The methods that the other conditions are compared in: ours, and HTTP with a connection for each POST and with one kept. */
const MAIN_UPLINKS = ['ws', 'post-new', 'post-kept'] as const;

function classic(): Scenario[] {
  const everywhere = CLASSIC_DELAYS_MS.map(delayOnly).flatMap((network) => [
    ...uplinks(UPLINK_METHODS, network),
    ...displays(['ws', 'sse', 'long-poll'], network),
    ...polls('display', [SENSOR_POLL_MS, SLOW_POLL_MS], network),
    scenario('display', 'poll-new', network, {}, SENSOR_POLL_MS),
  ]);
  const commands = [MIDDLE_DELAY_MS, HEADLINE_DELAY_MS]
    .map(delayOnly)
    .flatMap((network) => [
      ...(['ws', 'sse', 'long-poll'] as const).map((method) => scenario('command', method, network)),
      ...polls('command', [SLOW_POLL_MS], network),
    ]);
  return [...everywhere, ...polls('display', [SLOWEST_POLL_MS], delayOnly(HEADLINE_DELAY_MS)), ...commands];
}

function throughput(): Scenario[] {
  const most = { devices: 300, rateHz: null };
  return [
    ...[1, 10, 100, 1_000].flatMap((readingsPerMessage) =>
      uplinks(['ws', 'post-kept'], LOOPBACK, { ...most, readingsPerMessage }),
    ),
    ...uplinks(['post-new', 'mqtt'], LOOPBACK, most),
    ...uplinks(['ws', 'post-kept'], delayOnly(MIDDLE_DELAY_MS), { ...most, devices: 1 }),
  ];
}

function networks(): Scenario[] {
  return Object.values(NETWORKS).flatMap((network) => [
    ...uplinks(MAIN_UPLINKS, network),
    ...displays(['ws', 'long-poll'], network),
    ...polls('display', [SLOW_POLL_MS], network),
  ]);
}

function rates(): Scenario[] {
  const slow = uplinks(MAIN_UPLINKS, NETWORKS.wifi, { rateHz: 0.1 });
  const others = [1, 10, 100, FAST_HZ].flatMap((rateHz) => [
    ...uplinks(MAIN_UPLINKS, NETWORKS.wifi, { rateHz }),
    ...displays(['ws'], NETWORKS.wifi, { rateHz }),
    ...polls('display', [SENSOR_POLL_MS], NETWORKS.wifi, { rateHz }),
  ]);
  return [...slow, ...others];
}

function payloads(): Scenario[] {
  return [10, 100, 1_000].flatMap((readingsPerMessage) =>
    uplinks(MAIN_UPLINKS, NETWORKS.wifi, { rateHz: FAST_HZ, readingsPerMessage }),
  );
}

function devices(): Scenario[] {
  return [10, 100, 1_000].flatMap((count) =>
    uplinks(MAIN_UPLINKS, NETWORKS.lan, { devices: count, rateHz: 1 }),
  );
}

/** What TCP_NODELAY is for: small messages while earlier ones are still on their way. */
function nagle(): Scenario[] {
  const network = delayOnly(MIDDLE_DELAY_MS);
  return [true, false].flatMap((noDelay) => uplinks(['ws', 'post-kept'], network, { rateHz: 100, noDelay }));
}

/** What the four claims need, no more. */
function quick(): Scenario[] {
  const network = delayOnly(HEADLINE_DELAY_MS);
  return [
    ...uplinks(MAIN_UPLINKS, network),
    ...displays(['ws', 'long-poll'], network),
    ...polls('display', [SENSOR_POLL_MS], network),
    ...uplinks(['ws', 'post-kept'], LOOPBACK, { devices: 300, rateHz: null }),
  ];
}

const MAKERS: Readonly<Record<SetName, () => Scenario[]>> = {
  quick,
  classic,
  throughput,
  networks,
  rates,
  payloads,
  devices,
  nagle,
};

export function scenariosOf(sets: readonly SetName[]): Scenario[] {
  return sets.flatMap((name) => MAKERS[name]());
}
