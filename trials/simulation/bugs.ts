/** Bugs on purpose, to show that the simulation finds what it is for. Planted from here alone, on the seams of the product. */
import type { Core, DeviceConnection, Sink } from '@weir/hub/parts';
import type { Machine } from './machine.js';
import type { Store } from './stores.js';

export interface Bug {
  readonly about: string;
  /** The hub's machine. */
  readonly onMachine?: (machine: Machine) => void;
  readonly onCore?: (core: Core) => void;
  readonly onConnection?: (connection: DeviceConnection) => void;
  readonly onSink?: (sink: Sink, store: Store) => Sink;
}

export const BUGS: Readonly<Record<string, Bug>> = {
  ack_before_fsync: {
    about: 'the hub acknowledges frames before they are on disk',
    onMachine: ({ disk }) => {
      disk.liesAboutSync = true;
    },
  },
};
