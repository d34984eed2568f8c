import { useEffect, useMemo, useRef } from 'preact/hooks';
import { LevelChart } from '../charts/level-chart.js';
import { Sight } from '../charts/sight.js';
import { onThemeChange } from '../charts/theme.js';
import { goTo, route } from '../live/route.js';
import { LEVEL_WINDOW_MS } from '../live/session.js';
import { countStates, type ListedDevice } from '../store/fleet.js';
import { printedCount, printedDuration, printedRate } from '../store/format.js';
import { needsAttention } from '../store/attention.js';
import { backlogEnd } from './device-row.js';
import { useObserved, useSession } from './hooks.js';
import { StateBadge, StateMark } from './marks.js';
import { ReadingsWay } from './readings-way.js';

/** The whole hub: its pace, its devices, and how far readings have got on their way. */
export function Overview() {
  const session = useSession();
  const devices = useObserved(session.fleet.devices);
  return (
    <div class="overview">
      <LevelSection />
      <ReadingsWay />
      {devices !== null && <DevicesSection devices={devices} />}
    </div>
  );
}

function LevelSection() {
  const session = useSession();
  const perSecond = useObserved(session.fleet.perSecond);
  const stats = useObserved(session.fleet.stats);
  const host = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = host.current;
    if (element === null) return;
    const source = {
      buffer: session.fleet.level,
      decimals: 0,
      coarse: null,
      stepped: false,
      gapMs: 15_000,
      floor: 0,
    };
    const chart = new LevelChart({ host: element, source, syncKey: null });
    chart.show(LEVEL_WINDOW_MS);
    const sight = new Sight();
    sight.watch(element, {
      onSight: (visible) => (chart.visible = visible),
      onSize: (width, height) => chart.resize(width, height),
    });
    const unsubscribe = onThemeChange(() => chart.invalidate());
    session.loop.add(chart);
    return () => {
      session.loop.remove(chart);
      unsubscribe();
      sight.close();
      chart.destroy();
    };
  }, [session]);
  return (
    <section class="level" aria-labelledby="level-title">
      <h2 id="level-title">Readings per second</h2>
      <p class="value">
        <span class="figures">{printedRate(perSecond)}</span>
        <small>/s</small>
      </p>
      <p class="aside">
        {stats === null
          ? ''
          : `from ${printedCount(stats.ingest.connections)} connections, the last five minutes`}
      </p>
      <div ref={host} class="chart" role="img" aria-label="Readings per second over the last five minutes" />
    </section>
  );
}

function DevicesSection({ devices }: { devices: readonly ListedDevice[] }) {
  const counts = useMemo(() => countStates(devices), [devices]);
  const states = ['online', 'stale', 'offline'] as const;
  return (
    <section class="fleet" aria-labelledby="fleet-title">
      <h2 id="fleet-title">
        {printedCount(devices.length)} {devices.length === 1 ? 'device' : 'devices'}
      </h2>
      <div class="state-bar" aria-hidden="true">
        {states.map((state) => (
          <span key={state} class={state} style={{ flexGrow: counts[state] }} hidden={counts[state] === 0} />
        ))}
      </div>
      <ul class="state-counts">
        {states.map((state) => (
          <li key={state}>
            <StateBadge state={state} /> <b class="figures">{printedCount(counts[state])}</b>
          </li>
        ))}
      </ul>
      <Attention devices={devices} />
    </section>
  );
}

function Attention({ devices }: { devices: readonly ListedDevice[] }) {
  const session = useSession();
  const { windowS } = useObserved(route);
  const listed = useMemo(() => needsAttention(devices), [devices]);
  if (listed.length === 0) return <p class="help">Every device is heard, and none holds readings back.</p>;
  return (
    <table class="attention">
      <caption>Worth a look</caption>
      <tbody>
        {listed.map((device) => (
          <tr key={device.device}>
            <th scope="row">
              <StateMark state={device.state} />
              <button type="button" class="link" onClick={() => goTo({ device: device.device, windowS })}>
                {device.device}
              </button>
            </th>
            <td>{device.state}</td>
            <td class="figures">
              {device.state !== 'online' &&
                device.lastSeenUs !== null &&
                `seen ${printedDuration(Math.max(0, session.nowMs() - device.lastSeenUs / 1_000))} ago`}
            </td>
            <td class="figures">
              {device.backlogFrames > 0 &&
                `${printedCount(device.backlogFrames)} frames waiting${backlogEnd(device, session.nowMs())}`}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
