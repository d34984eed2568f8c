import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { generate } from 'selfsigned';

/** Files of PEM, as the hub's configuration names them. */
export interface Certificate {
  readonly cert_file: string;
  readonly key_file: string;
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
  const certificate = { cert_file: join(dir, 'cert.pem'), key_file: join(dir, 'key.pem') };
  await writeFile(certificate.cert_file, cert);
  await writeFile(certificate.key_file, key, { mode: 0o600 });
  return certificate;
}
