import { createHash, timingSafeEqual } from 'node:crypto';
import type { TokenEntry } from '../config.js';
import { namePattern, type NamePattern } from './pattern.js';

export type Role = TokenEntry['role'];

/** Who a token speaks for. */
export interface Holder {
  readonly name: string;
  readonly role: Role;
  /** Devices that it may send readings for. */
  readonly mayBe: NamePattern;
  /** The one device that it is bound to; null when to none or to several. */
  readonly device: string | null;
}

/** Longest token looked at; a longer one is wrong without being hashed. */
const TOKEN_CHARACTERS_MAX = 512;

/** The tokens known, by the SHA-256 of each: neither memory dumps nor comparison times give a token away. */
export class TokenBook {
  readonly #byDigest = new Map<string, { digest: Buffer; holder: Holder }>();

  constructor(adminToken: string, entries: readonly TokenEntry[]) {
    for (const entry of entries) {
      const digest =
        entry.sha256 === undefined ? digestOf(entry.token ?? '') : Buffer.from(entry.sha256, 'hex');
      this.#put(digest, holderOf(entry));
    }
    this.#put(digestOf(adminToken), { name: 'admin', role: 'admin', mayBe: () => true, device: null });
  }

  /** The holder of a token, or null. */
  find(token: string | null): Holder | null {
    if (token === null || token.length === 0 || token.length > TOKEN_CHARACTERS_MAX) return null;
    const digest = digestOf(token);
    const found = this.#byDigest.get(digest.toString('latin1'));
    return found !== undefined && timingSafeEqual(found.digest, digest) ? found.holder : null;
  }

  #put(digest: Buffer, holder: Holder): void {
    this.#byDigest.set(digest.toString('latin1'), { digest, holder });
  }
}

/** May this holder do what the roles are for? An admin may do everything. */
export function allows(holder: Holder, role: Role): boolean {
  return holder.role === 'admin' || holder.role === role;
}

function holderOf({ name, role, device }: TokenEntry): Holder {
  if (role === 'read') return { name, role, mayBe: () => false, device: null };
  if (device === undefined) return { name, role, mayBe: () => true, device: null };
  return { name, role, mayBe: namePattern(device), device: device.includes('*') ? null : device };
}

function digestOf(token: string): Buffer {
  return createHash('sha256').update(token, 'utf8').digest();
}
