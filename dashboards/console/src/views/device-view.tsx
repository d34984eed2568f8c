import { useEffect, useMemo, useState } from 'preact/hooks';
import type { PanelContext } from '../charts/channel-panel.js';
import { Sight } from '../charts/sight.js';
import type { DeviceFeed } from '../live/device-feed.js';
import { goTo, route, WINDOWS_S } from '../live/route.js';
import { groupChannels } from '../store/channel-groups.js';
import { ChannelCard } from './channel-card.js';
import { DeviceFacts } from './device-facts.js';
import { useObserved, useSession } from './hooks.js';
import { Losses, Why } from './why.js';

/** From so many channels on there is a filter for them. */
const FILTER_FROM = 9;

const WINDOW_NAMES: Readonly<Record<number, string>> = {
  60: '1 min',
  300: '5 min',
  900: '15 min',
  3600: '1 h',
};

/** One device: what is known of it, and a chart for each of its channels. */
export function DeviceView({ feed }: { feed: DeviceFeed }) {
  const session = useSession();
  const { windowS } = useObserved(route);
  const channels = useObserved(feed.channels);
  const notice = useObserved(feed.notice);
  const [words, setWords] = useState('');
  const sight = useMemo(() => new Sight(), [feed]);
  useEffect(() => () => sight.close(), [sight]);
  const context = useMemo<PanelContext>(
    () => ({
      loop: session.loop,
      deviceState: () => session.stateOf(feed.readings.device),
      want: (series, windowMs) => feed.want(series, windowMs),
    }),
    [session, feed],
  );
  return (
    <section class="device" aria-label={feed.readings.device}>
      <DeviceFacts device={feed.readings.device} />
      <Losses reasons={feed.reasons} />
      <Why reasons={feed.reasons} />
      <div class="device-tools">
        <WindowChoice />
        {(channels?.length ?? 0) >= FILTER_FROM && (
          <input
            type="search"
            placeholder="Filter channels"
            aria-label="Filter channels by name or unit"
            value={words}
            onInput={(event) => setWords(event.currentTarget.value)}
          />
        )}
        <span class="legend" aria-hidden="true">
          <i class="late-tick" /> came late
          <i class="hatched" /> no readings
        </span>
      </div>
      {notice !== null && (
        <p class="notice" role="status">
          Part of the stream was left out: {notice}
        </p>
      )}
      {channels?.length === 0 && (
        <p class="nothing">
          This device has described no channel yet. They appear here with their first readings.
        </p>
      )}
      {groupChannels(channels ?? [], words).map((group) => (
        <section class="group" key={group.name} aria-label={group.name}>
          {group.name !== '' && <h3>{group.name}</h3>}
          <div class="cards">
            {group.channels.map(({ series, label }) => (
              <ChannelCard
                key={series.name}
                series={series}
                label={label}
                windowMs={windowS * 1_000}
                context={context}
                sight={sight}
              />
            ))}
          </div>
        </section>
      ))}
    </section>
  );
}

function WindowChoice() {
  const { device, windowS } = useObserved(route);
  return (
    <fieldset class="window-choice">
      <legend>Time shown</legend>
      {WINDOWS_S.map((each) => (
        <label key={each} class={each === windowS ? 'chosen' : ''}>
          <input
            type="radio"
            name="window"
            checked={each === windowS}
            onChange={() => goTo({ device, windowS: each })}
          />
          {WINDOW_NAMES[each]}
        </label>
      ))}
    </fieldset>
  );
}
