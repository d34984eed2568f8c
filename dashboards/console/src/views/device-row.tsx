import type { ListedDevice } from '../store/fleet.js';
import { printedCount, printedDuration, printedRate, printedUncertainty } from '../store/format.js';
import { StateMark } from './marks.js';

/** Height of a row, CSS px; `--row-height` in the style sheet is the same. */
export const ROW_HEIGHT = 54;

interface DeviceRowProps {
  readonly device: ListedDevice;
  /** Index in the whole list, and its length. */
  readonly place: number;
  readonly count: number;
  readonly chosen: boolean;
  /** Where the keyboard is. */
  readonly active: boolean;
  readonly nowMs: number;
  readonly onChoose: (name: string) => void;
}

export function DeviceRow({ device, place, count, chosen, active, nowMs, onChoose }: DeviceRowProps) {
  return (
    <div
      id={`device-${place}`}
      role="option"
      class={`row ${active ? 'active' : ''}`}
      aria-selected={chosen}
      aria-setsize={count}
      aria-posinset={place + 1}
      style={{ top: `${place * ROW_HEIGHT}px` }}
      onClick={() => onChoose(device.device)}
    >
      <StateMark state={device.state} />
      <span class="name">{device.device}</span>
      <span class="pace figures" title="readings per second">
        {printedRate(device.perSecond)}
        <small>/s</small>
      </span>
      <span class="facts">
        <span class={`state ${device.state}`}>{device.state}</span>
        {device.state !== 'online' && device.lastSeenUs !== null && (
          <span class="figures">
            seen {printedDuration(Math.max(0, nowMs - device.lastSeenUs / 1_000))} ago
          </span>
        )}
        {device.backlogFrames > 0 && (
          <span
            class="backlog figures"
            title="frames that wait on the device, and when they will all be here"
          >
            {printedCount(device.backlogFrames)} waiting{backlogEnd(device, nowMs)}
          </span>
        )}
        <span class="figures" title="uncertainty of the device's clock">
          {clockText(device)}
        </span>
      </span>
    </div>
  );
}

/** `, 12 s`; nothing while the backlog does not drain. */
export function backlogEnd({ backlogEndUs }: Pick<ListedDevice, 'backlogEndUs'>, nowMs: number): string {
  return backlogEndUs === null ? '' : `, ${printedDuration(Math.max(0, backlogEndUs / 1_000 - nowMs))}`;
}

/** `±0.42 ms` when synchronised, otherwise why not. */
export function clockText({ clock }: Pick<ListedDevice, 'clock'>): string {
  if (clock === null) return 'clock unknown';
  const uncertainty = printedUncertainty(clock.uncertaintyUs);
  return clock.source === 'synced' ? uncertainty : `${clock.source} clock ${uncertainty}`;
}
