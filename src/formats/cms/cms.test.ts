import { execFileSync } from 'node:child_process';
import { createPublicKey, generateKeyPairSync, randomBytes, X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { FormatError, utf8Bytes } from '../../base/index.ts';
import { runs } from '../../base/testing.ts';
import { parsePkiMessage } from '../scep/index.ts';
import { parseCertificate, parseCertificateRequest } from '../x509/index.ts';
import { publicKeyOf, requestIsGenuine } from '../x509/node.ts';
import { parseEnveloped, parseSigned } from './index.ts';
import { openEnvelope, sealEnvelope, signatureIsGenuine, signContent } from './node.ts';
import { selfSigned } from './testing.ts';

const folder = mkdtempSync(join(tmpdir(), 'pavise-cms-'));
afterAll(() => rmSync(folder, { recursive: true }));
const path = (name: string): string => join(folder, name);
const openssl = (...args: string[]): Buffer =>
  execFileSync('openssl', args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });

const NOW = Date.now();
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const certificate = selfSigned(privateKey, NOW);
writeFileSync(path('key.pem'), privateKey.export({ type: 'pkcs8', format: 'pem' }));
writeFileSync(path('cert.pem'), new X509Certificate(certificate.raw).toString());
const BODY = utf8Bytes('<plist version="1.0"><dict/></plist>');
writeFileSync(path('body'), BODY);

const outcome = (run: () => unknown): string => {
  try {
    run();
    return 'ok';
  } catch (error) {
    if (error instanceof FormatError) return error.code;
    throw error;
  }
};

describe('issueCertificate()', () => {
  it('makes a certificate that OpenSSL reads and verifies', () => {
    const read = new X509Certificate(certificate.raw);
    expect([read.ca, read.verify(createPublicKey(privateKey)), read.subject]).toEqual([
      true,
      true,
      'O=Pavise\nCN=Test authority',
    ]);
    expect(certificate.commonName).toBe('Test authority');
  });
});

describe('signContent() and signatureIsGenuine()', () => {
  it('signs what `openssl cms -verify` accepts', () => {
    writeFileSync(path('signed'), signContent(BODY, { certificate, key: privateKey }, { nowMs: NOW }));
    const content = openssl(
      'cms',
      '-verify',
      '-inform',
      'DER',
      '-in',
      path('signed'),
      '-CAfile',
      path('cert.pem'),
      '-purpose',
      'any',
    );
    expect(new Uint8Array(content)).toEqual(BODY);
  });

  it.each(['sha1', 'sha256', 'sha512'])(
    'verifies a detached %s signature of OpenSSL, and refuses another body',
    (hash) => {
      openssl(
        'cms',
        '-sign',
        '-binary',
        '-md',
        hash,
        '-in',
        'body',
        '-signer',
        'cert.pem',
        '-inkey',
        'key.pem',
        '-outform',
        'DER',
        '-out',
        'sig',
      );
      const signed = parseSigned(
        new Uint8Array(openssl('cms', '-cmsout', '-inform', 'DER', '-in', 'sig', '-outform', 'DER')),
      );
      const key = publicKeyOf(signed.signerCertificate.spkiRaw);
      expect(signed.content).toBeUndefined();
      expect([signatureIsGenuine(signed, BODY, key), signatureIsGenuine(signed, utf8Bytes('x'), key)]).toEqual([
        true,
        false,
      ]);
    },
  );

  it('reads BER with indefinite lengths', () => {
    openssl(
      'cms',
      '-sign',
      '-stream',
      '-indef',
      '-nodetach',
      '-binary',
      '-in',
      'body',
      '-signer',
      'cert.pem',
      '-inkey',
      'key.pem',
      '-outform',
      'DER',
      '-out',
      'ber',
    );
    const signed = parseSigned(new Uint8Array(execFileSync('cat', [path('ber')])));
    expect(signed.content).toEqual(BODY);
  });
});

describe('openEnvelope() and sealEnvelope()', () => {
  it.each(['aes-128-cbc', 'aes-256-cbc', 'des3'])('opens what OpenSSL encrypted with %s', (cipher) => {
    openssl('cms', '-encrypt', '-binary', `-${cipher}`, '-in', 'body', '-outform', 'DER', '-out', 'env', 'cert.pem');
    const bytes = new Uint8Array(execFileSync('cat', [path('env')]));
    expect(new Uint8Array(openEnvelope(parseEnveloped(bytes), privateKey, false))).toEqual(BODY);
  });

  it('encrypts what OpenSSL opens, and refuses a changed key', () => {
    const recipient = { certificate, key: createPublicKey(privateKey) };
    const sealed = sealEnvelope(BODY, recipient, { secret: randomBytes(32), iv: randomBytes(16) });
    writeFileSync(path('ours'), sealed);
    const opened = openssl(
      'cms',
      '-decrypt',
      '-inform',
      'DER',
      '-in',
      'ours',
      '-recip',
      'cert.pem',
      '-inkey',
      'key.pem',
    );
    expect(new Uint8Array(opened)).toEqual(BODY);
    const envelope = parseEnveloped(sealed);
    expect(outcome(() => openEnvelope({ ...envelope, encryptedKey: randomBytes(256) }, privateKey, false))).toBe(
      'cms-decrypt',
    );
  });

  it('opens single DES only when told to (vector of OpenSSL enc -des-cbc with the legacy provider)', () => {
    const secret = Buffer.from('0123456789abcdef', 'hex');
    const envelope = parseEnveloped(
      sealEnvelope(
        BODY,
        { certificate, key: createPublicKey(privateKey) },
        { secret: randomBytes(16), iv: randomBytes(16) },
      ),
    );
    const des = {
      ...envelope,
      cipherOid: '1.3.14.3.2.7',
      encryptedKey: parseEnveloped(rewrap(secret)).encryptedKey,
      iv: Buffer.from('1122334455667788', 'hex'),
      ciphertext: Buffer.from('e2d37e1d63c0af21f7ae09b3c8754d728ca3ed3d76c4bb4b', 'hex'),
    };
    expect(outcome(() => openEnvelope(des, privateKey, false))).toBe('cms-cipher');
    expect(Buffer.from(openEnvelope(des, privateKey, true)).toString()).toBe('hello world 12345');
  });
});

/** An envelope whose key is 8 bytes long: OpenSSL's CLI encrypts no single DES. */
function rewrap(secret: Uint8Array): Uint8Array {
  writeFileSync(path('secret'), secret);
  openssl('pkeyutl', '-encrypt', '-pubin', '-certin', '-inkey', 'cert.pem', '-in', 'secret', '-out', 'wrapped');
  const sealed = sealEnvelope(
    BODY,
    { certificate, key: createPublicKey(privateKey) },
    { secret: randomBytes(16), iv: randomBytes(16) },
  );
  const old = parseEnveloped(sealed).encryptedKey;
  const at = Buffer.from(sealed).indexOf(old);
  const out = sealed.slice();
  out.set(new Uint8Array(execFileSync('cat', [path('wrapped')])), at);
  return out;
}

describe('parseCertificateRequest()', () => {
  it('reads key, name and challenge of a request of OpenSSL', () => {
    writeFileSync(
      path('req.cnf'),
      '[req]\nprompt=no\ndistinguished_name=dn\nattributes=at\n[dn]\nCN=phone\n[at]\nchallengePassword=open sesame\n',
    );
    openssl('req', '-new', '-config', 'req.cnf', '-key', 'key.pem', '-outform', 'DER', '-out', 'csr');
    const request = parseCertificateRequest(new Uint8Array(execFileSync('cat', [path('csr')])));
    expect([request.commonName, request.challengePassword, requestIsGenuine(request)]).toEqual([
      'phone',
      'open sesame',
      true,
    ]);
  });
});

describe('parsers', () => {
  it('throw only FormatError on mutated and truncated messages', () => {
    const key = createPublicKey(privateKey);
    const seeds = [
      signContent(BODY, { certificate, key: privateKey }, { nowMs: NOW }),
      sealEnvelope(BODY, { certificate, key }, { secret: randomBytes(16), iv: randomBytes(16) }),
      certificate.raw.slice(),
    ];
    fc.assert(
      fc.property(
        fc.constantFrom(...seeds),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }),
        fc.nat(),
        (seed, edits, cut) => {
          const bytes = seed.slice(0, cut % 3 === 0 ? cut % seed.length : seed.length);
          for (const [at, byte] of edits) if (bytes.length > 0) bytes[at % bytes.length] = byte;
          for (const parse of [parseSigned, parseEnveloped, parseCertificate, parseCertificateRequest, parsePkiMessage])
            outcome(() => parse(bytes));
          outcome(() => signatureIsGenuine(parseSigned(bytes), BODY, key));
        },
      ),
      { numRuns: runs(300) },
    );
  });
});
