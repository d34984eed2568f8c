/**
 * A small hub for tests: checks every rule that a device has to keep, remembers what it stored, and acknowledges when told
 * to. What it finds wrong stands in `violations`.
 */
import {
  SequenceSet,
  decodeFrame,
  encodeFrame,
  type Frame,
  type Gap,
  type Hello,
  type HubFrame,
  type Reject,
  type SequencedFrame,
} from '@weir/protocol';

/** The hub's end of a connection. */
export interface HubPeer {
  send(bytes: Uint8Array): void;
}

/** One epoch as the hub knows it. */
class KnownEpoch {
  readonly settled = new SequenceSet();
  readonly stored = new SequenceSet();
  readonly channels = new Set<number>();
}

export class FakeHub {
  credit = 64;
  deadlineMs = 30_000;
  /** Acknowledges at once; else at `ackAll`. */
  acks = true;
  /** Answers probes. */
  answersProbes = true;
  /** UTC by the hub, us. */
  utcUs: () => number;
  /** Refuses a sequenced frame for good. */
  refuses: (frame: SequencedFrame) => Omit<Reject, 'type' | 'epoch' | 'seq'> | null = () => null;
  readonly epochs = new Map<number, KnownEpoch>();
  readonly hellos: Hello[] = [];
  readonly gaps: Gap[] = [];
  readonly replies: Frame[] = [];
  /** Sequenced frames in the order in which they came, with full epochs, repeats included. */
  readonly received: SequencedFrame[] = [];
  readonly violations: string[] = [];
  /** Values of number channels as stored, once each. */
  readonly values: number[] = [];
  session: HubSession | null = null;

  constructor(utcUs: () => number) {
    this.utcUs = utcUs;
  }

  open(peer: HubPeer): HubSession {
    this.session = new HubSession(this, peer);
    return this.session;
  }

  epoch(id: number): KnownEpoch {
    let known = this.epochs.get(id);
    if (known === undefined) this.epochs.set(id, (known = new KnownEpoch()));
    return known;
  }

  /** Readings stored, each once. */
  get readings(): number {
    return this.values.length;
  }

  /** Takes a frame into the store; false when it is there. */
  store(frame: SequencedFrame): boolean {
    const known = this.epoch(frame.epoch);
    if (known.stored.has(frame.seq)) return false;
    known.stored.add(frame.seq);
    if (frame.type === 'gap') this.gaps.push(frame);
    if (frame.type === 'describe') for (const { index } of frame.channels) known.channels.add(index);
    if (frame.type === 'readings')
      for (const { values } of frame.columns)
        this.values.push(...Array.from({ length: values.length }, (_, i) => Number(values[i])));
    return true;
  }

  violation(text: string): void {
    this.violations.push(text);
  }
}

export class HubSession {
  readonly #hub: FakeHub;
  readonly #peer: HubPeer;
  readonly #unacked: { epoch: number; seq: number }[] = [];
  #hello: Hello | null = null;
  #anchored = false;
  #granted = 0;

  constructor(hub: FakeHub, peer: HubPeer) {
    this.#hub = hub;
    this.#peer = peer;
  }

  receive(bytes: Uint8Array): void {
    const frame = decodeFrame(bytes);
    if (this.#hello === null && frame.type !== 'hello') this.#hub.violation(`${frame.type} before hello`);
    switch (frame.type) {
      case 'hello':
        this.#welcome(frame);
        return;
      case 'probe':
        this.#anchored ||= frame.anchor !== null;
        if (this.#hub.answersProbes) this.#answer(frame.sentUs);
        return;
      case 'reply':
        this.#hub.replies.push(frame);
        return;
      case 'describe':
      case 'readings':
      case 'gap':
        this.#take({ ...frame, epoch: this.#idOf(frame.epoch) });
        return;
      case 'welcome':
      case 'ack':
      case 'reject':
      case 'command':
      case 'configure':
      case 'probeReply':
      case 'goodbye':
        this.#hub.violation(`a device sent ${frame.type}`);
    }
  }

  send(frame: HubFrame): void {
    this.#peer.send(encodeFrame(frame));
  }

  /** Acknowledges all that waits, newest first if asked: acks may come in any order. */
  ackAll(order: 'oldest' | 'newest' = 'oldest'): void {
    const waiting = this.#unacked.splice(0);
    if (order === 'newest') waiting.reverse();
    for (const { epoch, seq } of waiting) this.#ack(epoch, seq);
  }

  grant(credit: number): void {
    this.#hub.credit = credit;
    this.#granted = Math.max(this.#granted, credit);
    this.send({ type: 'ack', credit, stored: [] });
  }

  get unacked(): number {
    return this.#unacked.length;
  }

  #welcome(hello: Hello): void {
    if (this.#hello !== null) this.#hub.violation('a second hello');
    this.#hello = hello;
    this.#hub.hellos.push(hello);
    this.#granted = this.#hub.credit;
    const settled = hello.epochs.map(({ epoch, held }) =>
      held === null ? [] : within(this.#hub.epoch(epoch).settled, held),
    );
    const limits = { frameBytes: 1_048_576, channels: 1_024, readingsPerFrame: 10_000, textBytes: 4_096 };
    const { credit, deadlineMs } = this.#hub;
    this.send({
      type: 'welcome',
      version: 1,
      hubUtcUs: this.#hub.utcUs(),
      credit,
      deadlineMs,
      limits,
      settled,
    });
  }

  #answer(sentUs: number): void {
    const now = this.#hub.utcUs();
    this.send({ type: 'probeReply', sentUs, receivedUtcUs: now, answeredUtcUs: now });
  }

  #idOf(ref: number): number {
    const id = ref < 0x1_0000 ? this.#hello?.epochs[ref]?.epoch : ref;
    if (id === undefined || this.#hello?.epochs.every(({ epoch }) => epoch !== id) === true)
      this.#hub.violation(`epoch ${ref} was not announced`);
    return id ?? 0;
  }

  #take(frame: SequencedFrame): void {
    const hub = this.#hub;
    hub.received.push(frame);
    const known = hub.epoch(frame.epoch);
    if (frame.type === 'readings') {
      if (!this.#anchored) hub.violation('readings before the first anchor');
      for (const { channel } of frame.columns)
        if (!known.channels.has(channel))
          hub.violation(`channel ${channel} of seq ${frame.seq} was not described`);
    }
    const refusal = known.stored.has(frame.seq) ? null : hub.refuses(frame);
    if (refusal !== null) {
      known.settled.add(frame.seq);
      this.send({ type: 'reject', epoch: frame.epoch, seq: frame.seq, ...refusal });
      return;
    }
    hub.store(frame);
    this.#unacked.push({ epoch: frame.epoch, seq: frame.seq });
    if (this.#unacked.length > this.#granted)
      hub.violation(`${this.#unacked.length} in flight of ${this.#granted}`);
    if (hub.acks) this.ackAll();
  }

  #ack(epoch: number, seq: number): void {
    this.#hub.epoch(epoch).settled.add(seq);
    const index = this.#hello?.epochs.findIndex((each) => each.epoch === epoch) ?? 0;
    this.send({ type: 'ack', credit: this.#hub.credit, stored: [{ epoch: index, range: [seq, seq] }] });
  }
}

function within(set: SequenceSet, [first, last]: readonly [number, number]): (readonly [number, number])[] {
  return set
    .ranges()
    .filter((range) => range[1] >= first && range[0] <= last)
    .map((range) => [Math.max(range[0], first), Math.min(range[1], last)] as const);
}
