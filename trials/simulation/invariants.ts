/** What must be so in the end, when all troubles are over and all is quiet. */
import { ClockSource, RecordKind, decodeRecord, type HubRecord } from '@weir/hub/parts';
import { LogReader } from '@weir/log';
import { SequenceSet, decodeFrame, type ReadingValue } from '@weir/protocol';
import type { HubHost } from './hub-host.js';
import { HUB_LOG_DIR } from './hub-host.js';
import type { StoredReading } from './stores.js';
import type { Row, TableStore } from './table-store.js';
import { epochKey, frameKey, idOf, type Run, type Taken, type Truth } from './truth.js';
import { BEGINNING_UTC_US, type World } from './world.js';

export interface Ended {
  readonly world: World;
  readonly truth: Truth;
  readonly hub: HubHost;
  readonly tables: TableStore;
}

const FRAMES: readonly RecordKind[] = [
  RecordKind.readings,
  RecordKind.describe,
  RecordKind.gap,
  RecordKind.rejected,
];

/** What the hub's log holds, by device and epoch. */
interface HubRecords {
  readonly stored: Map<string, SequenceSet>;
  readonly lost: Map<string, SequenceSet>;
  readonly rejected: Map<string, SequenceSet>;
  readonly readings: Set<number>;
  /** Log before this offset was dropped by policy. */
  readonly start: number;
}

export async function checkInvariants(ended: Ended): Promise<void> {
  const records = await readHubLog(ended);
  checkAcked(ended, records);
  await checkStores(ended, records);
  checkAccounted(ended, records);
  checkSequences(ended, records);
  checkTimes(ended);
}

async function readHubLog({ world, hub }: Ended): Promise<HubRecords> {
  const core = hub.core;
  if (core === null) throw new Error('the hub does not run');
  const { durable, start } = core.log;
  const reader = await LogReader.open(HUB_LOG_DIR, { files: hub.machine.storage });
  const records: HubRecords = {
    stored: new Map(),
    lost: new Map(),
    rejected: new Map(),
    readings: new Set(),
    start,
  };
  const names = new Map<number, string>();
  for (const { id, name } of core.registry.devices.values()) names.set(id, name);
  const setOf = (sets: Map<string, SequenceSet>, key: string): SequenceSet => {
    let set = sets.get(key);
    if (set === undefined) sets.set(key, (set = new SequenceSet()));
    return set;
  };
  const note = (record: HubRecord): void => {
    if (!FRAMES.includes(record.kind)) return;
    const device = names.get(record.device) ?? '?';
    const key = epochKey(device, record.epoch);
    if ([records.stored, records.rejected].some((sets) => sets.get(key)?.has(record.seq) === true))
      world.violate('no frame is in the log twice', `${key} ${record.seq}`);
    setOf(record.kind === RecordKind.rejected ? records.rejected : records.stored, key).add(record.seq);
    const frame = decodeFrame(record.frame);
    if (record.kind === RecordKind.gap && frame.type === 'gap')
      setOf(records.lost, epochKey(device, frame.lostEpoch)).add(...frame.lost);
    if (record.kind === RecordKind.readings && frame.type === 'readings')
      for (const { values } of frame.columns)
        for (const value of values as Iterable<ReadingValue>) records.readings.add(idOf(value));
  };
  for (let at = start; at < durable;) {
    const batch = await reader.read(at, durable);
    for (const { from, to, reason } of batch.skipped)
      world.violate("the hub's log is whole", `${from} to ${to}: ${reason}`);
    for (const { data } of batch.records) for (const record of decodeRecord(data)) note(record);
    at = batch.next;
  }
  await reader.close();
  return records;
}

/** No frame that a device was told is stored is missing from the log, if the log still reaches back to it. */
function checkAcked({ world, truth }: Ended, records: HubRecords): void {
  if (records.start > 0) return;
  for (const key of truth.acked) {
    const frame = truth.frames.get(key);
    if (frame === undefined) continue;
    const epoch = epochKey(frame.device, frame.epoch);
    const known = records.stored.get(epoch)?.has(frame.seq) ?? false;
    if (known || (records.rejected.get(epoch)?.has(frame.seq) ?? false)) continue;
    world.violate('an ack means stored', `${key} (${frame.kind}) was acknowledged and is not in the log`);
  }
}

async function checkStores({ world, truth, hub, tables }: Ended, records: HubRecords): Promise<void> {
  const twins = twinsOf(tables);
  for (const store of hub.stores) {
    const found = new Map<number, number>();
    for (const reading of store.readings()) {
      checkReading(world, truth, store.name, reading);
      found.set(reading.id, (found.get(reading.id) ?? 0) + 1);
    }
    for (const [id, times] of found)
      if (times > 1)
        world.violate('nothing is stored twice', `${store.name}: ${described(truth, id)}, ${times} times`);
    const aside = new Set(await store.setAside(hub.machine.storage));
    const has = (id: number): boolean =>
      found.has(id) || aside.has(id) || (twins.get(id)?.some((twin) => found.has(twin)) ?? false);
    for (const id of records.readings)
      if (!has(id))
        world.violate('a store has what the log has', `${store.name} has not ${described(truth, id)}`);
    checkAckedReadings({ world, truth }, store.name, has);
  }
}

/** Readings of one channel that fell on the same microsecond: one point to a store of lines. */
function twinsOf(tables: TableStore): Map<number, readonly number[]> {
  const byTime = new Map<string, number[]>();
  for (const { device, channel, utcUs, id } of tables.rows) {
    const key = `${device} ${channel} ${utcUs}`;
    const ids = byTime.get(key);
    if (ids === undefined) byTime.set(key, [id]);
    else ids.push(id);
  }
  const twins = new Map<number, readonly number[]>();
  for (const ids of byTime.values()) if (ids.length > 1) for (const id of ids) twins.set(id, ids);
  return twins;
}

function checkAckedReadings(
  { world, truth }: Pick<Ended, 'world' | 'truth'>,
  store: string,
  has: (id: number) => boolean,
): void {
  for (const key of truth.acked) {
    const frame = truth.frames.get(key);
    if (frame === undefined || truth.refused.has(key)) continue;
    for (const id of frame.ids)
      if (!has(id))
        world.violate(
          'an acknowledged reading is in every store',
          `${store} has not ${described(truth, id)} of ${key}`,
        );
  }
}

function checkReading(
  world: World,
  truth: Truth,
  store: string,
  { id, device, channel }: StoredReading,
): void {
  const taken = truth.taken[id];
  if (taken === undefined)
    world.violate('a store has nothing that was never read', `${store}: ${device} ${channel} ${id}`);
  else if (taken.run.device !== device || taken.channel !== channel)
    world.violate(
      'a reading is stored as what it is',
      `${store}: ${described(truth, id)} as ${device} ${channel}`,
    );
}

/** Every reading is stored, told as lost or refused, or was lost with its agent sooner than the agent promises to keep it. */
function checkAccounted({ world, truth }: Ended, records: HubRecords): void {
  if (records.start > 0) return;
  const frameOf = new Map<number, string>();
  for (const [key, { ids }] of truth.frames) for (const id of ids) frameOf.set(id, key);
  for (const taken of truth.taken) {
    if (records.readings.has(taken.id)) continue;
    const key = frameOf.get(taken.id);
    const frame = key === undefined ? undefined : truth.frames.get(key);
    if (frame !== undefined && isExplained(frame.device, frame.epoch, frame.seq, records)) continue;
    if (isRefusedChannel(taken, truth, records)) continue;
    if (wasAtRisk(taken)) continue;
    if (frame === undefined && toldAsLostUnseen(taken.run, truth, records)) continue;
    world.violate(
      'what is not stored is accounted for',
      `${described(truth, taken.id)} ${key ?? 'never sent'}`,
    );
  }
}

function isExplained(device: string, epoch: number, seq: number, { lost, rejected }: HubRecords): boolean {
  const key = epochKey(device, epoch);
  return (lost.get(key)?.has(seq) ?? false) || (rejected.get(key)?.has(seq) ?? false);
}

/** Its channel's description was refused in its epoch. */
function isRefusedChannel({ run, channel }: Taken, { frames }: Truth, { rejected }: HubRecords): boolean {
  if (run.epoch === null) return false;
  const refused = rejected.get(epochKey(run.device, run.epoch));
  for (const [first, last] of refused?.ranges() ?? [])
    for (let seq = first; seq <= last; seq++)
      if (frames.get(frameKey(run.device, run.epoch, seq))?.channels.includes(channel) === true) return true;
  return false;
}

function wasAtRisk({ run, atUs }: Taken): boolean {
  return run.end !== null && atUs >= run.end.safeBeforeUs;
}

/** Its run told of frames as lost that nobody ever saw: it may have been in one of those. */
function toldAsLostUnseen(run: Run, { frames }: Truth, { lost }: HubRecords): boolean {
  if (run.epoch === null) return false;
  for (const [first, last] of lost.get(epochKey(run.device, run.epoch))?.ranges() ?? [])
    for (let seq = first; seq <= last; seq++)
      if (!frames.has(frameKey(run.device, run.epoch, seq))) return true;
  return false;
}

/** Of a run that has not crashed every sequence is stored, refused or told as lost. */
function checkSequences({ world, truth }: Ended, records: HubRecords): void {
  if (records.start > 0) return;
  for (const run of truth.runs) {
    if (run.epoch === null || (run.end !== null && run.end.how !== 'stopped')) continue;
    if (run.end?.safeBeforeUs === -Infinity) continue;
    const key = epochKey(run.device, run.epoch);
    const known = new SequenceSet();
    for (const sets of [records.stored, records.lost, records.rejected])
      for (const [first, last] of sets.get(key)?.ranges() ?? []) known.add(first, last);
    for (const [first, last] of known.missing(1, truth.lastSeq.get(key) ?? 0))
      world.violate(
        'every sequence is accounted for',
        `${key}: ${first} to ${last} of ${truth.lastSeq.get(key)}`,
      );
  }
}

/** Times are what they were, within what is said of them. */
function checkTimes({ world, truth, hub, tables }: Ended): void {
  for (const row of tables.rows) {
    const taken = truth.taken[row.id];
    if (taken === undefined) continue;
    const errorUs = row.utcUs - (BEGINNING_UTC_US + taken.atUs);
    const behindUs = row.monotonicUs - taken.monotonicUs;
    if (behindUs < 0 || behindUs > 100)
      world.violate(
        "the device's own time is kept",
        `${described(truth, row.id)}: ${row.monotonicUs}, not ${taken.monotonicUs}`,
      );
    if (row.source === ClockSource.device) continue;
    if (!withinBounds(row, errorUs, taken, hub))
      world.violate(
        'times are within their bounds',
        `${described(truth, row.id)}: off by ${errorUs} us, said to be within ${row.uncertaintyUs} (${sourceName(row.source)}); the hub's clock was off by ${hub.utcErrors.map((each) => each.errorUs).join()}`,
      );
  }
}

/** The hub's clock is the authority: a time is right if it is right by what that clock showed at some time meanwhile. */
function withinBounds(row: Row, errorUs: number, { run }: Taken, hub: HubHost): boolean {
  const errors = hub.utcErrors.filter((_, i) => (hub.utcErrors[i + 1]?.fromUs ?? Infinity) >= run.bootedUs);
  const slackUs = row.uncertaintyUs + 2;
  if (row.source === ClockSource.synced)
    return errors.some((each) => Math.abs(errorUs - each.errorUs) <= slackUs);
  const all = hub.utcErrors.map((each) => each.errorUs);
  return errorUs >= Math.min(...all) - slackUs && errorUs <= Math.max(...all) + slackUs;
}

function sourceName(source: ClockSource): string {
  return Object.entries(ClockSource).find(([, code]) => code === source)?.[0] ?? '?';
}

function described({ taken }: Truth, id: number): string {
  const reading = taken[id];
  if (reading === undefined) return `reading ${id}`;
  const { run, channel, atUs } = reading;
  return `reading ${id} of ${run.device} ${channel}, epoch ${run.epoch ?? '?'}, taken at ${(atUs / 1e6).toFixed(6)}`;
}
