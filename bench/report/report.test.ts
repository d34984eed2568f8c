import { describe, expect, it } from 'vitest';
import { columns, markdownTable, significant } from './columns.js';
import { performancePage } from './page.js';

const ROWS = [
  ['frames of 1', 'bare', 'hub'],
  ['frames/s', '1,000', '–'],
];

describe('tables', () => {
  it('align for a terminal', () => {
    expect(columns(ROWS)).toBe('frames of 1   bare  hub\nframes/s     1,000    –');
  });

  it('are Markdown for a page', () => {
    expect(markdownTable(ROWS)).toBe(
      '| frames of 1 | bare | hub |\n| :-- | --: | --: |\n| frames/s | 1,000 | – |',
    );
  });

  it('show three digits', () => {
    expect([significant(1_234_567), significant(0.012345), significant(null)]).toEqual([
      '1,230,000',
      '0.0123',
      '–',
    ]);
  });
});

describe('performancePage', () => {
  it('has no section for a case without results', () => {
    expect(performancePage(new Map())).not.toContain('## ');
  });

  it('refuses what is no result', () => {
    expect(() => performancePage(new Map([['x.json', { bench: 1 }]]))).toThrow();
  });
});
