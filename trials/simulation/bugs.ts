/**
 * Bugs on purpose, which show that the simulation finds what it is there for. They are planted from here alone, on the
 * seams of the product: no configuration and no environment variable of the product leads to one.
 */
import type { Connection, ConnectionEvents, Transport } from '@weir/device-agent';
import { RecordKind, type Core, type Sink } from '@weir/hub/parts';
import { decodeFrame, encodeFrame } from '@weir/protocol';
import type { LineStore } from './line-store.js';
import type { Machine } from './machine.js';
import type { TableStore } from './table-store.js';
import type { World } from './world.js';

/** Where a bug takes hold; whatever is absent stays as it is. */
export interface Bug {
  readonly about: string;
  readonly onMachine?: (machine: Machine) => void;
  readonly onHub?: (core: Core) => void;
  readonly onTransport?: (transport: Transport, world: World) => Transport;
  readonly onTables?: (sink: Sink, store: TableStore) => Sink;
  readonly onLines?: (store: LineStore) => void;
  /** In place of the agent's machine's boot. */
  readonly boot?: string;
}

export const BUGS: Readonly<Record<string, Bug>> = {
  ack_before_fsync: {
    about: 'the hub acknowledges what is not on disk yet',
    onMachine: ({ name, disk }) => {
      disk.syncsLater = name === 'hub';
    },
  },
  dedup_off: {
    about: 'the hub takes a frame that it has once more',
    onHub: ({ ingest }) => {
      const open = ingest.open.bind(ingest);
      ingest.open = (...hello) => {
        const opened = open(...hello);
        for (const { seen } of opened.intake.epochs) seen.has = () => false;
        return opened;
      };
    },
  },
  cursor_moved_early: {
    about: 'a sink moves its cursor before its readings are stored',
    onTables: (sink, store) => ({
      ...sink,
      write: async (batch) => {
        store.cursor = batch.next;
        await sink.open();
        store.add(batch);
      },
    }),
  },
  torn_tail_kept: {
    about: 'a log that ends in a torn record goes on behind it',
    onMachine: ({ disk }) => {
      disk.appendsOnly = true;
    },
  },
  spool_freed_before_ack: {
    about: 'an agent takes a frame for stored as soon as it has sent it',
    onTransport: (transport, world) => ({
      connect: (events) => hasty(transport, events, world),
    }),
  },
  gap_untold: {
    about: 'what a device tells as lost is noted for other frames than those',
    onHub: ({ ingest }) => {
      const append = ingest.append.bind(ingest);
      ingest.append = (record, frame, entry, refusal) => {
        if (record.kind !== RecordKind.gap || frame?.type !== 'gap')
          return append(record, frame, entry, refusal);
        const other = { ...frame, epoch: record.epoch, lost: [1, 1] as const };
        return append({ ...record, frame: encodeFrame(other) }, other, entry, refusal);
      };
    },
  },
  round_trip_not_halved: {
    about: 'the clock offset takes in the whole round trip',
    onHub: ({ ingest }) => {
      const open = ingest.open.bind(ingest);
      ingest.open = (hello, arrival) => {
        const opened = open(hello, arrival);
        const { clock } = opened.placement;
        const anchored = clock.anchored.bind(clock);
        clock.anchored = (anchor) => anchored({ ...anchor, utcUs: anchor.utcUs + 2 * anchor.uncertaintyUs });
        return opened;
      };
    },
  },
  steps_unnoticed: {
    about: "exchanges by what the hub's clock showed before and after it was set are taken together",
    onHub: ({ ingest }) => {
      const open = ingest.open.bind(ingest);
      ingest.open = (hello, arrival) => open(hello, { ...arrival, steadySinceUs: -Infinity });
    },
  },
  boots_confused: {
    about: 'an agent takes all boots of its machine for one',
    boot: 'the-only-one',
  },
  sink_gives_up: {
    about: 'a sink that failed is never opened again',
    onTables: (sink) => {
      let failed = false;
      return {
        ...sink,
        open: () => (failed ? new Promise<number>(() => undefined) : sink.open()),
        write: async (batch) => {
          failed = true;
          await sink.write(batch);
          failed = false;
        },
      };
    },
  },
  refusals_unheard: {
    about: 'lines that the server refused count as stored',
    onLines: (store) => {
      store.hidesRefusals = true;
    },
  },
};

/** A connection whose hub seems to acknowledge everything at once. */
function hasty(transport: Transport, events: ConnectionEvents, world: World): Connection {
  const connection = transport.connect(events);
  const send = connection.send.bind(connection);
  connection.send = (bytes) => {
    send(bytes);
    const frame = decodeFrame(bytes);
    if (frame.type !== 'readings') return;
    const { epoch, seq } = frame;
    const ack = encodeFrame({ type: 'ack', credit: 256, stored: [{ epoch, range: [seq, seq] }] });
    (world.acting ?? world).after(0, () => events.received(ack));
  };
  return connection;
}
