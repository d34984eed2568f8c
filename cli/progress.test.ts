import { describe, expect, it } from 'vitest';
import { Progress, timeText } from './progress.js';

function terminal(isTTY: boolean) {
  const written: string[] = [];
  const stream = { isTTY, columns: 60, write: (text: string): boolean => written.push(text) > 0 };
  return { progress: new Progress(stream), text: () => written.join('') };
}

const part = { done: 6, total: 24, what: 'uplink ws 75ms', remainingS: 61 };

describe('Progress', () => {
  it('draws a bar over itself on a terminal, below the lines that stay, no wider than the screen', () => {
    const { progress, text } = terminal(true);
    progress.advance(part);
    progress.line('a note');
    progress.end();
    const bar = '██████░░░░░░░░░░░░░░░░░░  6/24  61 s left  uplink ws 75ms';
    expect(text()).toBe(`${bar}\r\u001B[Ka note\n${bar}\r\u001B[K`);
    progress.advance({ ...part, what: 'x'.repeat(100) });
    expect(text().split('\u001B[K').at(-1)).toHaveLength(59);
  });

  it('writes lines without escapes elsewhere', () => {
    const { progress, text } = terminal(false);
    progress.advance(part);
    progress.line('a note');
    progress.end();
    expect(text()).toBe('6/24  61 s left  uplink ws 75ms\na note\n');
  });

  it('names times as people do', () => {
    expect([0, 59.2, 100, 3_600, 11_500].map(timeText)).toEqual([
      '0 s',
      '60 s',
      '2 min',
      '1 h 0 min',
      '3 h 12 min',
    ]);
  });
});
