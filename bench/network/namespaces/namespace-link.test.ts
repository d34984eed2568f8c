import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { available } from '@weir/testing';
import { delayOnly } from '../impairments.js';
import { canNamespace, openLink, type Link } from '../link.js';

const can = available('socat') && (await canNamespace()) === null;

describe.skipIf(!can)('a link between namespaces', () => {
  let link: Link;
  beforeAll(async () => {
    link = await openLink(delayOnly(20), {
      seed: 1,
      signal: new AbortController().signal,
      mode: 'namespaces',
    });
  });
  afterAll(() => link.close());

  it('never takes less than its delay, and not much more', async () => {
    for (const delayMs of [5, 40]) {
      await link.impair(delayOnly(delayMs));
      const { up, down } = await link.probe();
      for (const way of [up, down]) {
        expect(way.p50Ms).toBeGreaterThanOrEqual(delayMs);
        expect(way.p50Ms).toBeLessThan(delayMs + 5);
        expect(way.lossRatio).toBe(0);
      }
    }
  });

  it('has ends in namespaces of their own', () => {
    const names = [link.device, link.hub].map(({ exec: [program = '', ...args] }) =>
      execFileSync(program, [...args, 'readlink', '/proc/self/ns/net'], { encoding: 'utf8' }),
    );
    const own = execFileSync('readlink', ['/proc/self/ns/net'], { encoding: 'utf8' });
    expect(new Set([...names, own]).size).toBe(3);
  });
});
