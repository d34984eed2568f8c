/** A device gone wrong cannot make the hub remember without end, nor does it cost the others their place. */
import { CloseCode } from '@weir/protocol';
import { describe, expect, it } from 'vitest';
import { HOLES_MAX, HOLES_OF_DEVICE_MAX } from '../registry/remembered.js';
import { EPOCH, SessionRig, type TestPeer } from './rig.testing.js';

/** Sends every other sequence, acknowledged every few frames, until the session fails. Returns how many went. */
function scatter(rig: SessionRig, peer: TestPeer, epoch: number, frames: number): number {
  for (let sent = 0; sent < frames; sent++) {
    peer.readings(10 + 2 * sent, 21.5, epoch);
    if (sent % 4 === 0) rig.log.commit();
  }
  rig.log.commit();
  return frames;
}

const held = (epoch: number) => ({ epoch, held: null, anchor: null, deviceUtcUs: null });

function comeAndGo(rig: SessionRig, epoch: number): void {
  const peer = rig.connect();
  peer.hello({ epochs: [held(epoch)] });
  peer.session.closed();
}

describe('what the hub remembers of sequences', () => {
  it('ends at 10,000 holes of a device, over all its epochs and sessions together', () => {
    const rig = new SessionRig();
    const peer = rig.connect();
    peer.hello({ epochs: [held(EPOCH), held(EPOCH + 1)] });
    for (const epoch of [0, 1]) peer.describe(1, epoch);
    rig.log.commit();
    const half = HOLES_OF_DEVICE_MAX / 2;
    for (const epoch of [0, 1]) scatter(rig, peer, epoch, half);
    expect(rig.registry.remembered.holes).toBe(HOLES_OF_DEVICE_MAX);
    expect(() => peer.readings(900_001)).toThrow(/pi-1 have more holes than are remembered: 900001 of epoch/);
    // What closes a hole is taken, and makes room for another one.
    expect(peer.readings(11)).toBe(true);
    expect(rig.registry.remembered.holes).toBe(HOLES_OF_DEVICE_MAX - 1);
    expect(peer.readings(900_001)).toBe(true);
    expect(() => peer.readings(900_003)).toThrow(/more holes/);
  });

  it('is shared: when all devices together are at the bound, one with few holes still has its own', () => {
    const rig = new SessionRig();
    const peer = rig.open();
    rig.registry.remembered.holes = HOLES_MAX;
    scatter(rig, peer, 0, 16);
    expect(() => peer.readings(900_001)).toThrow(/more holes/);
    expect(peer.readings(2)).toBe(true);
  });

  it('lets go of what epochs took that are forgotten', () => {
    const rig = new SessionRig();
    const peer = rig.open();
    scatter(rig, peer, 0, 100);
    expect(rig.registry.remembered).toMatchObject({ holes: 100, epochs: 1 });
    peer.session.closed();
    for (let run = 1; run <= 65; run++) comeAndGo(rig, EPOCH + run);
    expect(rig.registry.remembered).toMatchObject({ holes: 0, epochs: 65 });
  });

  it('has room for so many epochs, and for one more of each device in any case', () => {
    const rig = new SessionRig();
    rig.registry.remembered.epochs = 990;
    const greedy = rig.connect();
    greedy.hello({ epochs: Array.from({ length: 11 }, (_, i) => held(EPOCH + i)) });
    expect(greedy.got('welcome')).toEqual([]);
    expect(greedy.got('goodbye')).toMatchObject([
      {
        code: CloseCode.tryAgainLater,
        message: 'pi-1 brings 11 epochs; the hub remembers 990 of at most 1000',
      },
    ]);
    rig.registry.remembered.epochs = 1_000;
    const modest = rig.connect();
    modest.hello({ device: 'pi-2' });
    expect(modest.got('welcome')).toHaveLength(1);
  });

  it('shrinks by the epochs that devices no longer hold when it is half full', () => {
    const rig = new SessionRig();
    for (let run = 0; run < 20; run++) comeAndGo(rig, EPOCH + run);
    expect(rig.registry.remembered.epochs).toBe(20);
    rig.registry.remembered.epochs += 500;
    rig.connect().hello({ epochs: [held(EPOCH + 20)] });
    expect(rig.registry.devices.get('pi-1')?.epochs.size).toBe(1 + 4);
  });
});
