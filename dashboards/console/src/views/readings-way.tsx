import type { ComponentChildren } from 'preact';
import { CONSOLE_NAME } from '../api/stream.js';
import type { DeviceState, SinkStatus, Stats, StreamReader } from '../api/types.js';
import { printedBytes, printedCount, printedDuration } from '../store/format.js';
import { useObserved, useSession } from './hooks.js';
import { StateBadge } from './marks.js';

/** Where readings are on their way from the devices to the stores, and how far each station is behind. */
export function ReadingsWay() {
  const session = useSession();
  const stats = useObserved(session.fleet.stats);
  const { up } = useObserved(session.fleet.link);
  if (stats === null) return null;
  return (
    <section class="way" aria-labelledby="way-title">
      <h2 id="way-title">A reading’s way</h2>
      <div class="stations" role="table" aria-label="Stations of a reading's way">
        <Received stats={stats} up={up} />
        <OnDisk stats={stats} />
        {stats.sinks.map((sink) => (
          <Sink key={sink.name} sink={sink} />
        ))}
        {stats.streams.filter(isStation).map((reader, index) => (
          <Station
            key={`${reader.name} ${index}`}
            name={reader.name}
            state={reader.lagBytes > 0 ? 'stale' : 'online'}
            word={reader.lagBytes > 0 ? 'reading' : 'caught up'}
            lagBytes={reader.lagBytes}
          >
            reads the stream
          </Station>
        ))}
      </div>
    </section>
  );
}

/** Consoles such as this one read the stream too, and are no station of a reading's way. */
function isStation({ name }: StreamReader): boolean {
  return name !== '' && name !== CONSOLE_NAME;
}

function Received({ stats: { ingest }, up }: { stats: Stats; up: boolean }) {
  return (
    <Station
      name="received"
      state={up ? 'online' : 'stale'}
      word={up ? 'listening' : 'unknown'}
      lagBytes={null}
    >
      <Figure count={ingest.readings} of="readings" />
      <Figure count={ingest.frames} of="frames" />
      <Figure count={ingest.duplicates} of="duplicates left out" />
      <Figure count={ingest.rejected} of="rejected" bad />
      {ingest.paused > 0 && <Figure count={ingest.paused} of="connections held back" bad />}
    </Station>
  );
}

const LOG_STATES: Readonly<Record<string, DeviceState>> = {
  ok: 'online',
  disk_full: 'stale',
  failed: 'offline',
};

function OnDisk({ stats: { log } }: { stats: Stats }) {
  return (
    <Station
      name="on disk, acknowledged"
      state={LOG_STATES[log.state] ?? 'stale'}
      word={log.state === 'ok' ? 'in step' : log.state.replace('_', ' ')}
      lagBytes={Math.max(0, log.end - log.durable)}
    >
      <span>{printedBytes(log.durable - log.start)} kept</span>
      <span>{printedBytes(log.bytesWritten)} written</span>
      {log.problems > 0 && <Figure count={log.problems} of="damaged places" bad />}
      {log.error !== null && <span class="problem">{log.error}</span>}
    </Station>
  );
}

const SINK_STATES = { running: 'online', waiting: 'stale', failed: 'offline' } as const;

function Sink({ sink }: { sink: SinkStatus }) {
  const session = useSession();
  const waitMs = sink.retryAtMs === null ? 0 : sink.retryAtMs - session.nowMs();
  return (
    <Station name={sink.name} state={SINK_STATES[sink.state]} word={sink.state} lagBytes={sink.lagBytes}>
      <Figure count={sink.readings} of="readings stored" />
      {sink.quarantined > 0 && <Figure count={sink.quarantined} of="in quarantine" bad />}
      {sink.skipped > 0 && <Figure count={sink.skipped} of="ranges that could not be stored" bad />}
      {sink.error !== null && <span class="problem">{sink.error}</span>}
      {sink.state !== 'running' && waitMs > 0 && <span>next try in {printedDuration(waitMs)}</span>}
    </Station>
  );
}

interface StationProps {
  readonly name: string;
  readonly state: DeviceState;
  readonly word: string;
  /** Bytes of the log that this station has not dealt with; null where there is no such thing. */
  readonly lagBytes: number | null;
  readonly children: ComponentChildren;
}

function Station({ name, state, word, lagBytes, children }: StationProps) {
  return (
    <div class="station" role="row">
      <span class="station-name" role="rowheader">
        {name}
      </span>
      <span role="cell">
        <StateBadge state={state} word={word} />
      </span>
      <span class="lag figures" role="cell">
        {lagBytes !== null && (
          <>
            <span class="lag-bar" aria-hidden="true">
              <i style={{ width: `${lagPercent(lagBytes)}%` }} />
            </span>
            {lagBytes === 0 ? 'nothing behind' : `${printedBytes(lagBytes)} behind`}
          </>
        )}
      </span>
      <span class="station-figures figures" role="cell">
        {children}
      </span>
    </div>
  );
}

/** On a logarithmic scale: 1 kB is a tenth, 1 GB is all. */
function lagPercent(bytes: number): number {
  return bytes < 1 ? 0 : Math.min(100, Math.max(3, ((Math.log10(bytes) - 2.33) / 6.67) * 100));
}

function Figure({ count, of, bad = false }: { count: number; of: string; bad?: boolean }) {
  return (
    <span class={bad && count > 0 ? 'problem' : ''}>
      {printedCount(count)} {of}
    </span>
  );
}
