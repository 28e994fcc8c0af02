/** Certificates for servers on 127.0.0.1, trusted by nobody until a test says so. */
import { createSign, generateKeyPairSync, randomBytes, X509Certificate } from 'node:crypto';

/**
 * A key and a self-signed certificate in PEM, made when a test needs them: nothing that is secret or expires is
 * committed.
 */
export interface TestCertificate {
  readonly key: string;
  readonly cert: string;
}

export interface CertificateOptions {
  /** DNS names of the certificate; default `localhost`. */
  readonly names?: readonly string[];
  /** IPv4 addresses of the certificate; default `127.0.0.1`. */
  readonly addresses?: readonly string[];
  /** Default: a day ago. */
  readonly notBefore?: Date;
  /** Default: in a day. */
  readonly notAfter?: Date;
}

const DAY = 24 * 60 * 60 * 1000;
const ECDSA_WITH_SHA256 = der(0x30, oid(1, 2, 840, 10045, 4, 3, 2));

/** One DER element (ITU-T X.690): tag, length, contents. */
function der(tag: number, ...contents: readonly Buffer[]): Buffer {
  const body = Buffer.concat(contents);
  if (body.length < 0x80) return Buffer.concat([Buffer.from([tag, body.length]), body]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length);
  const significant = length.subarray(length.findIndex((byte) => byte !== 0));
  return Buffer.concat([Buffer.from([tag, 0x80 | significant.length]), significant, body]);
}

function oid(first: number, second: number, ...rest: readonly number[]): Buffer {
  const bytes = [first * 40 + second];
  for (const arc of rest) {
    const groups = [arc & 0x7f];
    for (let left = arc >> 7; left > 0; left >>= 7) groups.unshift(0x80 | (left & 0x7f));
    bytes.push(...groups);
  }
  return der(0x06, Buffer.from(bytes));
}

function time(date: Date): Buffer {
  const digits = date
    .toISOString()
    .replace(/[-:T]/g, '')
    .replace(/\.\d+Z$/, 'Z');
  return der(0x18, Buffer.from(digits));
}

function extension(id: Buffer, value: Buffer): Buffer {
  return der(0x30, id, der(0x04, value));
}

/**
 * Makes a key and a self-signed certificate. It is its own authority: give `cert` as `ca` to a client that shall trust
 * it.
 */
export function makeCertificate(options: CertificateOptions = {}): TestCertificate {
  const { names = ['localhost'], addresses = ['127.0.0.1'] } = options;
  const { notBefore = new Date(Date.now() - DAY), notAfter = new Date(Date.now() + DAY) } = options;
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const commonName = der(0x30, der(0x31, der(0x30, oid(2, 5, 4, 3), der(0x0c, Buffer.from('test')))));
  const alternatives = [
    ...names.map((name) => der(0x82, Buffer.from(name))),
    ...addresses.map((address) => der(0x87, Buffer.from(address.split('.').map(Number)))),
  ];
  const extensions = [
    extension(oid(2, 5, 29, 19), der(0x30, der(0x01, Buffer.from([0xff])))),
    extension(oid(2, 5, 29, 17), der(0x30, ...alternatives)),
  ];
  const serial = Buffer.concat([Buffer.from([0x01]), randomBytes(8)]);
  const toBeSigned = der(
    0x30,
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, serial),
    ECDSA_WITH_SHA256,
    commonName,
    der(0x30, time(notBefore), time(notAfter)),
    commonName,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, der(0x30, ...extensions)),
  );
  const signature = createSign('sha256').update(toBeSigned).sign(privateKey);
  const certificate = der(0x30, toBeSigned, ECDSA_WITH_SHA256, der(0x03, Buffer.from([0]), signature));
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: new X509Certificate(certificate).toString(),
  };
}

/** A certificate that was valid until yesterday. */
export function makeExpiredCertificate(): TestCertificate {
  return makeCertificate({ notBefore: new Date(Date.now() - 3 * DAY), notAfter: new Date(Date.now() - DAY) });
}

/** A certificate for another host than the loopback one. */
export function makeForeignCertificate(): TestCertificate {
  return makeCertificate({ names: ['elsewhere.test'], addresses: [] });
}
