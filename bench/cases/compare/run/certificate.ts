import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { generate } from 'selfsigned';

/** Files of PEM. Who is to trust the server gets `certFile` as `NODE_EXTRA_CA_CERTS`. */
export interface Certificate {
  readonly certFile: string;
  readonly keyFile: string;
}

/** Makes a certificate for a server that is reached at these IP addresses, of the kind that most servers have: ECDSA, P-256. */
export async function makeCertificate(dir: string, addresses: readonly string[]): Promise<Certificate> {
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'weir-bench' }], {
    ...{ keyType: 'ec', curve: 'P-256', algorithm: 'sha256' },
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'subjectAltName', altNames: addresses.map((ip) => ({ type: 7, ip })) },
    ],
  });
  const certificate = { certFile: join(dir, 'cert.pem'), keyFile: join(dir, 'key.pem') };
  await writeFile(certificate.certFile, cert);
  await writeFile(certificate.keyFile, key, { mode: 0o600 });
  return certificate;
}
