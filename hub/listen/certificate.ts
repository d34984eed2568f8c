/**
 * The certificate that the hub shows, and its key: two PEM files, read again every minute. A renewal (certbot's, say) needs
 * no signal and no restart: connections that come after it see the new one, open ones go on. Files that fit each other no
 * longer, as between the two writes of a renewal, change nothing.
 */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Server } from 'node:https';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import { messageOf, systemCode, WeirError, type Clock, type Logger, type Timers } from '@weir/runtime';
import type { HubConfig } from '../config.js';
import { Rate } from './rate.js';

export type TlsConfig = NonNullable<HubConfig['listen']['tls']>;

export interface CertificateParts {
  readonly files: TlsConfig;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
}

interface Pair {
  readonly cert: string;
  readonly key: string;
}

const LOOK_MS = 60_000;
const HANDSHAKE_LINES_PER_SECOND = 1;

export class Certificate {
  readonly #parts: CertificateParts;
  /** With secondary ones where a host name stands for several addresses. */
  readonly #servers: Server[] = [];
  readonly #lines: Rate;
  #shown: Pair;
  /** What was last seen in the files, usable or not. */
  #seen: string;
  #cancelLook: () => void = () => undefined;
  #closed = false;

  private constructor(parts: CertificateParts, pair: Pair) {
    this.#parts = parts;
    this.#lines = new Rate(HANDSHAKE_LINES_PER_SECOND, parts.clock);
    this.#shown = pair;
    this.#seen = seenIn(pair);
  }

  /** Reads and checks the files, and again every minute until it is closed. Rejects with `hub.bad_certificate`. */
  static async open(parts: CertificateParts): Promise<Certificate> {
    const pair = await readPair(parts.files);
    const certificate = new Certificate(parts, check(parts.files, pair));
    certificate.#tell();
    certificate.#lookLater();
    return certificate;
  }

  /** What a server begins with. */
  get options(): SecureContextOptions {
    return { ...this.#shown, minVersion: 'TLSv1.2' };
  }

  /** From here on the server is given each new certificate. */
  serve(server: Server): void {
    this.#servers.push(server);
    server.on('tlsClientError', (error) => this.#handshakeFailed(error));
  }

  close(): void {
    this.#closed = true;
    this.#cancelLook();
  }

  /** Takes over what is new in the files, if it can be used. */
  async #look(): Promise<void> {
    const { files, logger } = this.#parts;
    try {
      const pair = await readPair(files);
      const seen = seenIn(pair);
      if (seen === this.#seen) return;
      this.#seen = seen;
      this.#shown = check(files, pair);
      for (const server of this.#servers) server.setSecureContext(this.options);
      this.#tell();
    } catch (error) {
      logger.warn({ reason: messageOf(error) }, 'the new certificate cannot be used; the one before stays');
    }
  }

  #lookLater(): void {
    const again = (): void => this.#lookLater();
    const look = (): void => void this.#look().then(again, again);
    if (!this.#closed) this.#cancelLook = this.#parts.timers.after(LOOK_MS, look);
  }

  #handshakeFailed(error: Error): void {
    if (!this.#lines.take()) return;
    const { logger } = this.#parts;
    if (systemCode(error) === 'ERR_SSL_HTTP_REQUEST') {
      logger.warn('somebody speaks HTTP or WS here: this port is for HTTPS and WSS (listen.tls)');
    } else logger.debug({ reason: messageOf(error) }, 'a TLS handshake failed');
  }

  #tell(): void {
    const { files, clock, logger } = this.#parts;
    const { subject, subjectAltName: names, validTo } = new X509Certificate(this.#shown.cert);
    const facts = { file: files.cert_file, subject, names, validTo };
    if (Date.parse(validTo) * 1e3 < clock.utcUs()) logger.warn(facts, 'the TLS certificate has expired');
    else logger.info(facts, 'serving with this TLS certificate');
  }
}

function seenIn({ cert, key }: Pair): string {
  return `${cert}\n${key}`;
}

async function readPair({ cert_file, key_file }: TlsConfig): Promise<Pair> {
  const [cert, key] = await Promise.all([
    readPem('listen.tls.cert_file', cert_file),
    readPem('listen.tls.key_file', key_file),
  ]);
  return { cert, key };
}

async function readPem(setting: string, path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw bad(`${setting}: cannot read ${path}: ${messageOf(error)}`, error);
  }
}

/** The pair, if a server can use it. */
function check({ cert_file, key_file }: TlsConfig, pair: Pair): Pair {
  const certificate = tried(`listen.tls.cert_file: ${cert_file} holds no PEM certificate`, () => {
    return new X509Certificate(pair.cert);
  });
  const key = tried(`listen.tls.key_file: ${key_file} holds no PEM key without a passphrase`, () => {
    return createPrivateKey(pair.key);
  });
  if (!certificate.checkPrivateKey(key))
    throw bad(`listen.tls: the key in ${key_file} is not that of the certificate in ${cert_file}`);
  // What is behind the first certificate of a chain, or too weak a key, only OpenSSL itself can tell.
  tried(`listen.tls: ${cert_file} and ${key_file} cannot be used`, () => createSecureContext(pair));
  return pair;
}

function tried<T>(message: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw bad(`${message}: ${messageOf(error)}`, error);
  }
}

function bad(message: string, cause?: unknown): WeirError {
  return new WeirError('hub.bad_certificate', message, { cause });
}
