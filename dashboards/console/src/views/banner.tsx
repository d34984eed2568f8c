import type { StreamState } from '../api/stream.js';
import type { FleetFeed } from '../live/fleet-feed.js';
import type { DeviceFeed } from '../live/device-feed.js';
import { Observed } from '../store/observed.js';
import { useObserved, useSession, useTick } from './hooks.js';

/** Says that the connection is lost and when it is tried again; empty while all is well. */
export function ConnectionBanner({ feed }: { feed: DeviceFeed | null }) {
  const session = useSession();
  const retryAtMs = useRetry(session.fleet, feed);
  useTick(retryAtMs === null ? 60_000 : 250);
  return (
    <div class="banner-place" role="status">
      {retryAtMs !== null && (
        <div class="banner">
          <span>
            <b>Connection to the hub lost.</b> What you see is the last that was received.{' '}
            <span class="figures">{waiting(retryAtMs)}</span>
          </span>
          <button type="button" onClick={() => session.retryNow()}>
            Try now
          </button>
        </div>
      )}
    </div>
  );
}

function waiting(retryAtMs: number): string {
  const seconds = Math.ceil((retryAtMs - performance.now()) / 1_000);
  return seconds > 0 ? `Trying again in ${seconds} s.` : 'Trying again…';
}

/** When the next attempt is due, by performance.now(); null while connected. */
function useRetry(fleet: FleetFeed, feed: DeviceFeed | null): number | null {
  const link = useObserved(fleet.link);
  const stream = useObserved(feed?.stream ?? noStream);
  if (!link.up) return link.retryAtMs;
  if (stream.name === 'connecting' && stream.again) return performance.now();
  return stream.name === 'waiting' ? stream.retryAtMs : null;
}

const noStream = new Observed<StreamState>({ name: 'open' });
