/** What must be so in the end, when all troubles are over and all is quiet. */
import type { LedgerRange } from '@weir/hub/parts';
import { Accounts, isIn } from './accounts.js';
import type { DeviceHost } from './device-host.js';
import { checkHubLog } from './hub-log.js';
import type { HubHost } from './hub-host.js';
import type { Store, StoredReading } from './stores.js';
import type { TableStore } from './table-store.js';
import { checkTimes } from './times.js';
import { described, frameKey, type SentFrame, type Taken, type Truth } from './truth.js';
import type { World } from './world.js';

export interface Ended {
  readonly world: World;
  readonly truth: Truth;
  readonly hub: HubHost;
  readonly devices: readonly DeviceHost[];
  readonly tables: TableStore;
}

/** What a store holds, and what it set aside. */
interface Holding {
  readonly store: Store;
  readonly has: (id: number) => boolean;
}

export async function checkInvariants(ended: Ended): Promise<void> {
  const { core } = ended.hub;
  if (core === null) throw new Error('the hub does not run');
  await checkHubLog(ended, core);
  const accounts = await Accounts.of(core);
  const holdings = await holdingsOf(ended);
  checkLedger(ended, accounts);
  checkAcked(ended, accounts);
  checkFrames(ended, accounts, holdings);
  checkTaken(ended, accounts, holdings);
  checkTimes(ended);
}

/** Each store, checked for what should not be in it. */
async function holdingsOf({ world, truth, hub, tables }: Ended): Promise<Holding[]> {
  const twins = twinsOf(tables);
  const holdings: Holding[] = [];
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
    holdings.push({ store, has });
  }
  return holdings;
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

/** Nothing is open when all is quiet, and nobody has heard of more than the ledger. */
function checkLedger({ world, truth }: Ended, accounts: Accounts): void {
  for (const [epoch, ranges] of accounts.all())
    for (const { first, last, state, where } of ranges)
      if (state === 'pending')
        world.violate('the ledger leaves nothing open', `${epoch}: ${first} to ${last}, ${where ?? ''}`);
  for (const { device, epoch, end } of truth.runs) {
    const last = epoch === null ? undefined : truth.lastSeq.get(`${device} ${epoch}`);
    if (epoch === null || last === undefined || (end !== null && end.safeBeforeUs < end.atUs)) continue;
    if (accounts.of(device, epoch, last) === null)
      world.violate('the ledger knows every sequence', `${device} ${epoch}: not ${last}`);
  }
}

/** What a device was told is stored was on the hub's disk; what became of it in a store since is another matter. */
function checkAcked({ world, truth }: Ended, accounts: Accounts): void {
  for (const key of truth.acked.keys()) {
    const frame = truth.frames.get(key);
    if (frame === undefined) continue;
    const range = accounts.of(frame.device, frame.epoch, frame.seq);
    if (range?.state === 'stored' || (range?.sinks.length ?? 0) > 0) continue;
    world.violate('an ack means stored', `${key} (${frame.kind}) was acknowledged and is ${inWords(range)}`);
  }
}

/** A store has the readings of exactly those frames that the ledger says it has. */
function checkFrames({ world, truth }: Ended, accounts: Accounts, holdings: readonly Holding[]): void {
  for (const [key, frame] of truth.frames) {
    const range = accounts.of(frame.device, frame.epoch, frame.seq);
    for (const { store, has } of holdings) {
      const expected = isIn(range, store.name);
      for (const id of frame.ids) {
        if (has(id) === expected || (expected && isLeftOut(truth, accounts, id))) continue;
        const which = `${described(truth, id)}, ${key}, ${inWords(range)}`;
        if (expected) world.violate('a store has what the ledger says', `${store.name} has not ${which}`);
        else world.violate('the ledger says what is so', `${store.name} has ${which}`);
      }
    }
  }
}

/** Every reading is stored, accounted for, or was lost with its agent sooner than the agent promises to keep it. */
function checkTaken({ world, truth }: Ended, accounts: Accounts, holdings: readonly Holding[]): void {
  const frameOf = new Map<number, SentFrame>();
  for (const frame of truth.frames.values()) for (const id of frame.ids) frameOf.set(id, frame);
  for (const taken of truth.taken) {
    if (holdings.some(({ has }) => has(taken.id)) || wasAtRisk(taken)) continue;
    const frame = frameOf.get(taken.id);
    if (isOfRefusedChannel(truth, accounts, taken)) continue;
    if (frame === undefined ? mayHaveExpired(truth, accounts, taken) : isExplained(accounts, frame)) continue;
    const key = frame === undefined ? 'never sent' : frameKey(frame.device, frame.epoch, frame.seq);
    world.violate('what is not stored is accounted for', `${described(truth, taken.id)}, ${key}`);
  }
}

/** By policy or refusal. That a device does not hold it any more explains nothing that it promised to keep. */
function isExplained(accounts: Accounts, { device, epoch, seq }: SentFrame): boolean {
  const range = accounts.of(device, epoch, seq);
  if (range?.state === 'rejected') return true;
  return range?.state === 'expired' && range.reason !== 'not_held';
}

/** Its run told of frames as lost that nobody ever saw: it may have been in one of those. */
function mayHaveExpired({ frames }: Truth, accounts: Accounts, { run }: Taken): boolean {
  const { device, epoch } = run;
  if (epoch === null) return false;
  return accounts.hasExpiredUnseen(device, epoch, (seq) => frames.has(frameKey(device, epoch, seq)));
}

function isLeftOut(truth: Truth, accounts: Accounts, id: number): boolean {
  const taken = truth.taken[id];
  return taken !== undefined && isOfRefusedChannel(truth, accounts, taken);
}

/** Its channel's description was refused in its epoch. */
function isOfRefusedChannel({ describes }: Truth, accounts: Accounts, { run, channel }: Taken): boolean {
  const sent = run.epoch === null ? [] : (describes.get(`${run.device} ${run.epoch} ${channel}`) ?? []);
  return sent.some(({ device, epoch, seq }) => accounts.of(device, epoch, seq)?.state === 'rejected');
}

function wasAtRisk({ run, atUs }: Taken): boolean {
  return run.end !== null && atUs >= run.end.safeBeforeUs;
}

function inWords(range: LedgerRange | null): string {
  return range === null
    ? 'unknown to the ledger'
    : `${range.state} (${range.reason ?? range.where ?? 'all stores'})`;
}
