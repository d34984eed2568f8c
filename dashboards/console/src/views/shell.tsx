import { useEffect, useState } from 'preact/hooks';
import { goTo, route } from '../live/route.js';
import { printedDuration, printedRate } from '../store/format.js';
import { ConnectionBanner } from './banner.js';
import { DeviceList } from './device-list.js';
import { DeviceView } from './device-view.js';
import { EmptyFleet } from './empty-fleet.js';
import { FrameMeter, frameMeterWanted } from './frame-meter.js';
import { useObserved, useSession } from './hooks.js';
import { LevelLine } from './level-line.js';
import { LevelMark } from './marks.js';
import { Overview } from './overview.js';

/** On a narrow screen one of the two is on show. */
type Pane = 'list' | 'main';

/** Header, list of devices, and what was chosen. */
export function Shell({ onLeave }: { onLeave: () => void }) {
  const session = useSession();
  const { device, windowS } = useObserved(route);
  const feed = useObserved(session.device);
  const devices = useObserved(session.fleet.devices);
  const { up } = useObserved(session.fleet.link);
  const [pane, setPane] = useState<Pane>('main');
  useEffect(() => session.show(device), [session, device]);
  const toOverview = (): void => {
    goTo({ device: null, windowS });
    setPane('main');
  };
  return (
    <div class="shell" data-pane={pane} data-link={up ? 'up' : 'down'}>
      <Header onHome={toOverview} onLeave={onLeave} />
      <ConnectionBanner feed={feed} />
      <nav class="side" aria-label="Devices">
        <button
          type="button"
          class="overview-link"
          aria-current={device === null ? 'page' : undefined}
          onClick={toOverview}
        >
          Overview
        </button>
        <DeviceList onChoose={() => setPane('main')} />
      </nav>
      <main class="main">
        <button type="button" class="to-list" onClick={() => setPane('list')}>
          ‹ Devices
        </button>
        {device !== null && feed?.readings.device === device && <DeviceView key={device} feed={feed} />}
        {device === null && (devices?.length === 0 ? <EmptyFleet /> : <Overview />)}
      </main>
      {frameMeterWanted() && <FrameMeter />}
    </div>
  );
}

function Header({ onHome, onLeave }: { onHome: () => void; onLeave: () => void }) {
  const session = useSession();
  const perSecond = useObserved(session.fleet.perSecond);
  const stats = useObserved(session.fleet.stats);
  return (
    <header class="header">
      <LevelLine />
      <button type="button" class="home" onClick={onHome} aria-label="Weir: to the overview">
        <LevelMark />
        <span>weir</span>
      </button>
      <span class="total figures">
        <b>{printedRate(perSecond)}</b> readings/s
      </span>
      <span class="about">
        {stats !== null && (
          <span class="figures">
            hub {stats.version} · up {printedDuration(stats.uptimeS * 1_000)}
          </span>
        )}
        <button type="button" class="quiet" onClick={onLeave}>
          Sign out
        </button>
      </span>
    </header>
  );
}
