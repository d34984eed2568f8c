/** A self-signed certificate for 127.0.0.1, made anew for each test: X.509 (RFC 5280) in just enough DER. */
import { generateKeyPairSync, sign } from 'node:crypto';

const SEQUENCE = 0x30;
const SET = 0x31;
const OID = 0x06;

function der(tag: number, ...parts: Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  const length =
    body.length < 128
      ? [body.length]
      : body.length < 256
        ? [0x81, body.length]
        : [0x82, body.length >> 8, body.length & 255];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
}

const hex = (text: string): Buffer => Buffer.from(text, 'hex');
const ascii = (text: string): Buffer => Buffer.from(text, 'ascii');

/** id-at-commonName; the name is no address, so that only the SAN can match. */
const name = der(SEQUENCE, der(SET, der(SEQUENCE, der(OID, hex('550403')), der(0x0c, ascii('weir test')))));
const ecdsaWithSha256 = der(SEQUENCE, der(OID, hex('2a8648ce3d040302')));
const validity = der(SEQUENCE, der(0x17, ascii('250101000000Z')), der(0x17, ascii('491231235959Z')));
/** subjectAltName: iPAddress 127.0.0.1. */
const alternativeName = der(
  SEQUENCE,
  der(OID, hex('551d11')),
  der(0x04, der(SEQUENCE, der(0x87, Buffer.from([127, 0, 0, 1])))),
);
/** basicConstraints: a certification authority. */
const authority = der(SEQUENCE, der(OID, hex('551d13')), der(0x04, der(SEQUENCE, der(0x01, hex('ff')))));

/** PEM texts. */
export function selfSigned(): { readonly cert: string; readonly key: string } {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const body = der(
    SEQUENCE,
    der(0xa0, der(0x02, hex('02'))),
    der(0x02, hex('01')),
    ecdsaWithSha256,
    name,
    validity,
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, der(SEQUENCE, alternativeName, authority)),
  );
  const signature = sign('sha256', body, privateKey);
  const certificate = der(SEQUENCE, body, ecdsaWithSha256, der(0x03, hex('00'), signature));
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${certificate.toString('base64').replaceAll(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}
