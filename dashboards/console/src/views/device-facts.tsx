import type { ComponentChildren } from 'preact';
import type { ListedDevice } from '../store/fleet.js';
import { printedCount, printedDuration, printedRate, printedTime } from '../store/format.js';
import { clockText } from './device-row.js';
import { useObserved, useSession, useTick } from './hooks.js';
import { StateBadge } from './marks.js';

/** Name, state and figures of the device on show. */
export function DeviceFacts({ device: name }: { device: string }) {
  const session = useSession();
  const devices = useObserved(session.fleet.devices);
  const { up } = useObserved(session.fleet.link);
  useTick(1_000);
  const device = devices?.find((each) => each.device === name) ?? null;
  const nowMs = session.nowMs();
  return (
    <header class="device-facts">
      <h2>
        {name}
        {device !== null && up && <StateBadge state={device.state} word={stateWords(device, nowMs)} />}
        {device !== null && !up && <StateBadge state="stale" word={`was ${device.state}`} />}
        {device === null && devices !== null && <span class="state offline">not known to this hub</span>}
      </h2>
      {device !== null && (
        <dl>
          <Fact name="readings/s">{printedRate(device.perSecond)}</Fact>
          <Fact name="readings">{printedCount(device.readings)}</Fact>
          <Fact name="waiting on the device">
            {device.backlogFrames === 0 ? 'none' : `${printedCount(device.backlogFrames)} frames`}
          </Fact>
          {device.backlogEndUs !== null && (
            <Fact name="all of it here" title={new Date(device.backlogEndUs / 1_000).toISOString()}>
              in {printedDuration(Math.max(0, device.backlogEndUs / 1_000 - nowMs))}
            </Fact>
          )}
          <Fact name="clock">{clockText(device)}</Fact>
          <Fact name="connected">
            {device.connectedSinceUs === null
              ? '–'
              : printedDuration(nowMs - device.connectedSinceUs / 1_000)}
          </Fact>
          <Fact name="agent">{device.agent || '–'}</Fact>
          <Fact name="address">{device.remote || '–'}</Fact>
        </dl>
      )}
    </header>
  );
}

function Fact({ name, title, children }: { name: string; title?: string; children: ComponentChildren }) {
  return (
    <div title={title}>
      <dt>{name}</dt>
      <dd class="figures">{children}</dd>
    </div>
  );
}

function stateWords(device: ListedDevice, nowMs: number): string {
  if (device.state === 'online' || device.lastSeenUs === null) return device.state;
  return `${device.state}, last seen ${printedTime(device.lastSeenUs / 1_000, nowMs)}`;
}
