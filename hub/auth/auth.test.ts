import { chmod, readFile, stat, writeFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { silentLogger } from '@weir/runtime';
import { temporaryFolder } from '@weir/testing';
import { describe, expect, it } from 'vitest';
import { hubConfigSchema, type HubConfigInput } from '../config.js';
import { bearerOf } from './bearer.js';
import { FailureLimit } from './failures.js';
import { Gate } from './gate.js';
import { namePattern } from './pattern.js';
import { adminToken } from './token-file.js';
import { TokenBook } from './tokens.js';

const clockAt = (seconds: () => number) => ({
  monotonicUs: () => seconds() * 1e6,
  utcUs: () => seconds() * 1e6,
});
const entries = (tokens: HubConfigInput['tokens']) => hubConfigSchema.parse({ tokens }).tokens;

describe('a name pattern', () => {
  it.each([
    ['pi-1', 'pi-1', true],
    ['pi-1', 'pi-11', false],
    ['pi-*', 'pi-', true],
    ['*', 'anything', true],
    ['lab-*-t*', 'lab-7-temperature', true],
    ['lab-*-t', 'lab-t', false],
    ['a*a', 'a', false],
    ['*b*', 'abc', true],
    ['a.c', 'abc', false],
  ])('%s and %s: %s', (pattern, name, fits) => {
    expect(namePattern(pattern)(name)).toBe(fits);
  });

  it('takes no time for what would make a backtracking matcher run for ever', () => {
    expect(namePattern(`${'a*'.repeat(60)}b`)('a'.repeat(128))).toBe(false);
  });
});

describe('the token file', () => {
  it('is made once, for its owner alone, with 256 bits', async () => {
    const path = join(await temporaryFolder(), 'deep', 'token');
    const token = await adminToken(path, silentLogger);
    expect(Buffer.from(token, 'base64url')).toHaveLength(32);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await adminToken(path, silentLogger)).toBe(token);
    await chmod(path, 0o644);
    expect(await adminToken(path, silentLogger)).toBe(token);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readFile(path, 'utf8')).toBe(`${token}\n`);
  });

  it.skipIf(process.platform !== 'linux')('is not waited for where none can be made', async () => {
    await expect(adminToken('/proc/weir/token', silentLogger)).rejects.toMatchObject({
      code: 'auth.token_file',
      message: expect.stringContaining('/proc/weir/token') as string,
    });
  });

  it.each(['', 'short', 'two words of some length'])('is refused when it holds %j', async (text) => {
    const path = join(await temporaryFolder(), 'token');
    await writeFile(path, text);
    await expect(adminToken(path, silentLogger)).rejects.toMatchObject({ code: 'auth.token_file' });
  });
});

describe('tokens', () => {
  const secret = 'a-secret-of-some-length';
  const sha256 = createHash('sha256').update(secret).digest('hex');

  it('are found by what they are or by their hash, and by nothing else', () => {
    const book = new TokenBook('admin-admin-admin', entries([{ name: 'screen', role: 'read', sha256 }]));
    expect(book.find('admin-admin-admin')?.role).toBe('admin');
    expect(book.find(secret)?.name).toBe('screen');
    for (const wrong of [null, '', `${secret} `, sha256, 'x'.repeat(100_000)])
      expect(book.find(wrong)).toBeNull();
  });

  it.each([
    [{ name: 'a', role: 'read' }, /token or sha256/],
    [{ name: 'a', role: 'read', token: secret, sha256 }, /token or sha256/],
    [{ name: 'a', role: 'read', token: 'short' }, /16/],
    [{ name: 'a', role: 'read', token: secret, device: 'pi-1' }, /role device/],
  ])('must be written unambiguously: %j', (entry, message) => {
    expect(() => entries([entry as never])).toThrow(message);
  });

  it('are read from the header or, for browsers, from the subprotocols', () => {
    expect(bearerOf({ authorization: 'Bearer abc' })).toBe('abc');
    expect(bearerOf({ authorization: 'bearer  abc ' })).toBe('abc');
    expect(bearerOf({ authorization: 'Basic abc' })).toBeNull();
    expect(bearerOf({ 'sec-websocket-protocol': 'weir.v1, bearer.abc' })).toBe('abc');
  });
});

describe('the gate', () => {
  it('counts wrong tokens by address for a minute, and never holds up a right one', () => {
    let now = 0;
    const gate = new Gate(
      new TokenBook('admin-admin-admin', []),
      clockAt(() => now),
    );
    const status = (token: string, address: string): number => {
      const admission = gate.admit({ authorization: `Bearer ${token}` }, address, ['read']);
      return 'refusal' in admission ? admission.refusal.status : 200;
    };
    for (let i = 0; i < 20; i++) expect(status('wrong', '192.0.2.1')).toBe(401);
    expect(status('wrong', '192.0.2.1')).toBe(429);
    expect(status('wrong', '192.0.2.2')).toBe(401);
    expect(status('admin-admin-admin', '192.0.2.1')).toBe(200);
    now = 61;
    expect(status('wrong', '192.0.2.1')).toBe(401);
  });

  it('remembers no more addresses than it has room for', () => {
    const limit = new FailureLimit(clockAt(() => 0));
    for (let i = 0; i < 20; i++) limit.note('first');
    for (let i = 0; i < 10_000; i++) limit.note(`address ${i}`);
    expect(limit.note('first')).toBeNull();
  });
});
