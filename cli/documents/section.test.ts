import { describe, expect, it } from 'vitest';
import { withSection } from './section.js';

const PAGE = 'above\n<!-- x:begin -->\nold\n<!-- x:end -->\nbelow\n';

describe('withSection', () => {
  it('replaces what is between the marks, again and again', () => {
    const filled = withSection(PAGE, 'x', 'new');
    expect(filled).toBe('above\n<!-- x:begin -->\n\nnew\n\n<!-- x:end -->\nbelow\n');
    expect(withSection(filled, 'x', 'new')).toBe(filled);
  });

  it('says nothing when there is nothing to say', () => {
    expect(withSection(PAGE, 'x', '')).toBe('above\n<!-- x:begin -->\n<!-- x:end -->\nbelow\n');
  });

  it.each(['', 'no marks', '<!-- x:end -->\n<!-- x:begin -->\n', PAGE + PAGE])('refuses %j', (page) => {
    expect(() => withSection(page, 'x', 'new')).toThrow('x:begin');
  });
});
