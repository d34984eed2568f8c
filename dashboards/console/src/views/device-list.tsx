import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { DeviceState } from '../api/types.js';
import { goTo, route } from '../live/route.js';
import { countStates, filterDevices, type ListedDevice } from '../store/fleet.js';
import { printedCount } from '../store/format.js';
import { scrollToRow, visibleRows } from '../store/window-list.js';
import { DeviceRow, ROW_HEIGHT } from './device-row.js';
import { useObserved, useSession, useTick } from './hooks.js';
import { StateMark } from './marks.js';

const STATES = ['online', 'stale', 'offline'] as const;

/** All devices: a filter by name and by state, and a list of which only the rows in view are in the document. */
export function DeviceList({ onChoose }: { onChoose: () => void }) {
  const session = useSession();
  const devices = useObserved(session.fleet.devices);
  const [words, setWords] = useState('');
  const [state, setState] = useState<DeviceState | null>(null);
  const shown = useMemo(() => filterDevices(devices ?? [], words, state), [devices, words, state]);
  const counts = useMemo(() => countStates(devices ?? []), [devices]);
  return (
    <div class="device-list">
      <div class="filter">
        <input
          type="search"
          placeholder="Filter devices"
          aria-label="Filter devices by name"
          value={words}
          onInput={(event) => setWords(event.currentTarget.value)}
        />
        <div class="state-filter" role="group" aria-label="Filter devices by state">
          {STATES.map((each) => (
            <button
              key={each}
              type="button"
              class={each}
              aria-pressed={state === each}
              onClick={() => setState(state === each ? null : each)}
            >
              <StateMark state={each} />
              <b class="figures">{printedCount(counts[each])}</b> {each}
            </button>
          ))}
        </div>
      </div>
      {devices !== null && shown.length === 0 && (
        <p class="nothing">{devices.length === 0 ? 'No device has called yet.' : 'No device matches.'}</p>
      )}
      <Rows devices={shown} onChoose={onChoose} />
    </div>
  );
}

function Rows({ devices, onChoose }: { devices: readonly ListedDevice[]; onChoose: () => void }) {
  useTick(1_000);
  const { device: chosen, windowS } = useObserved(route);
  const session = useSession();
  const list = useRef<HTMLDivElement>(null);
  const view = useView(list);
  const [active, setActive] = useState(0);
  const choose = (name: string): void => {
    goTo({ device: name, windowS });
    onChoose();
  };
  const move = (to: number): void => {
    const row = Math.max(0, Math.min(devices.length - 1, to));
    setActive(row);
    if (list.current !== null)
      list.current.scrollTop = scrollToRow(
        row,
        list.current.scrollTop,
        list.current.clientHeight,
        ROW_HEIGHT,
      );
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const page = Math.max(1, Math.floor(view.height / ROW_HEIGHT) - 1);
    const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page };
    const step = steps[event.key];
    const name = devices[active]?.device;
    if (step !== undefined) move(active + step);
    else if (event.key === 'Home') move(0);
    else if (event.key === 'End') move(devices.length - 1);
    else if ((event.key === 'Enter' || event.key === ' ') && name !== undefined) choose(name);
    else return;
    event.preventDefault();
  };
  const { first, end } = visibleRows(view.top, view.height, ROW_HEIGHT, devices.length);
  return (
    <div
      ref={list}
      class="rows"
      role="listbox"
      tabIndex={0}
      aria-label="Devices"
      aria-activedescendant={devices.length > 0 ? `device-${active}` : undefined}
      onKeyDown={onKeyDown}
    >
      <div class="rows-height" style={{ height: `${devices.length * ROW_HEIGHT}px` }}>
        {devices.slice(first, end).map((device, index) => (
          <DeviceRow
            key={device.device}
            device={device}
            place={first + index}
            count={devices.length}
            chosen={device.device === chosen}
            active={first + index === active}
            nowMs={session.nowMs()}
            onChoose={choose}
          />
        ))}
      </div>
    </div>
  );
}

/** Where the list is scrolled to and how much of it shows, px. */
function useView(list: { readonly current: HTMLDivElement | null }): { top: number; height: number } {
  const [view, setView] = useState({ top: 0, height: 800 });
  useEffect(() => {
    const element = list.current;
    if (element === null) return;
    const look = (): void => setView({ top: element.scrollTop, height: element.clientHeight });
    const observer = new ResizeObserver(look);
    observer.observe(element);
    element.addEventListener('scroll', look, { passive: true });
    return () => {
      observer.disconnect();
      element.removeEventListener('scroll', look);
    };
  }, [list]);
  return view;
}
