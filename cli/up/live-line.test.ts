import { describe, expect, it } from 'vitest';
import { LiveLine } from './live-line.js';

const flow = (count: number) => ({
  connected: 1,
  devices: 2,
  received: count,
  stored: count,
  published: count,
});

describe('LiveLine', () => {
  it('shows totals and rates, rewritten in place on a terminal and within its width', () => {
    const written: string[] = [];
    const line = new LiveLine({ isTTY: true, columns: 60, write: (text) => written.push(text) });
    line.show(flow(1000), 0);
    line.show(flow(1500), 1000);
    line.end();
    expect(written[1]).toContain('devices 1/2   in 1,500 (500/s)   stored 1,500 (500/s)');
    expect(written[1]?.startsWith('\r')).toBe(true);
    expect(written[1]?.replace(/^\r\S*2K/, '').length).toBeLessThan(60);
    expect(written[2]).toBe('\n');
  });

  it('prints a plain line every five seconds elsewhere', () => {
    const written: string[] = [];
    const line = new LiveLine({ write: (text) => written.push(text) });
    for (let second = 0; second < 11; second++) line.show(flow(second), second * 1000);
    line.end();
    expect(written).toHaveLength(3);
    expect(written[1]).toBe('devices 1/2   in 5 (1/s)   stored 5 (1/s)   published 5 (1/s)\n');
  });
});
