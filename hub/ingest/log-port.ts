import type { Log } from '@weir/log';

/** What ingest needs of the log. */
export type LogPort = Pick<Log, 'append' | 'end' | 'room' | 'pendingBytes' | 'onDurable' | 'onState'>;
