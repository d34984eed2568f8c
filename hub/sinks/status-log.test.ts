import type { Logger } from '@weir/runtime';
import { expect, it } from 'vitest';
import { StatusLog } from './status-log.js';

it('tells of trouble once, and of its end when the store has taken something in again', () => {
  const lines: string[] = [];
  const write = (_fields: object, message: string): void => void lines.push(message);
  const log = new StatusLog({ info: write, warn: write } as unknown as Logger);
  const note = (cursor: number, errorCode: string | null): void => {
    const state = errorCode === null ? 'running' : 'waiting';
    log.note({
      ...{ name: 'duckdb', kind: 'duckdb', state, cursor, errorCode, error: errorCode },
      ...{ readings: 0, quarantined: 0, skipped: [] },
    });
  };
  note(10, null);
  note(10, 'store.disk_full');
  note(10, null);
  note(10, 'store.disk_full');
  expect(lines).toEqual(['store.disk_full']);
  note(20, null);
  note(30, null);
  expect(lines).toEqual(['store.disk_full', 'the store is back']);
});
