import { createHash, type KeyObject } from 'node:crypto';
import { toHex } from '../../base/index.ts';
import type { Authority } from '../../formats/scep/node.ts';
import type { Certificate } from '../../formats/x509/index.ts';
import { isIssuedBy, publicKeyOf } from '../../formats/x509/node.ts';
import type { Db } from '../../storage/index.ts';
import { findPin, type PinRow } from './store.ts';

/** What is known of a certificate: whose it is, its key, and whether commands may wait. */
export interface Pin extends Omit<PinRow, 'askedAt' | 'renewalAskedAt'> {
  readonly fingerprint: Buffer;
  readonly key: KeyObject;
  /** When the phone was last asked for its facts. */
  askedAtMs: number;
  /** When it was last asked to renew its certificate. */
  renewalAskedAtMs: number;
  /** Until when the queue counts as empty without asking the database. */
  emptyUntilMs: number;
}

/** Certificates in memory by SHA-256, so that an idle check-in costs one signature and no SQL. */
export interface Pins {
  find(certificate: Certificate): Promise<Pin | undefined>;
  /** Forgets what is known of a device: its state changed, or commands were queued. */
  forget(deviceId: string): void;
}

const MAX_PINS = 50_000; // some 100 MB at worst; beyond it the oldest goes

export function openPins({ db, authority }: { db: Db; authority: Authority }, maxPins = MAX_PINS): Pins {
  const authorityKey = publicKeyOf(authority.certificate.spkiRaw);
  const pins = new Map<string, Pin>();
  return {
    async find(certificate) {
      const fingerprint = createHash('sha256').update(certificate.raw).digest();
      const id = toHex(fingerprint);
      const known = pins.get(id);
      if (known !== undefined) return known;
      // Anybody can send a certificate: what is not ours must cost no question to the database.
      if (!isIssuedBy(certificate, authority.certificate, authorityKey)) return undefined;
      const row = await findPin(db, fingerprint);
      if (row === undefined) return undefined;
      const pin = {
        ...row,
        fingerprint,
        key: publicKeyOf(certificate.spkiRaw),
        askedAtMs: row.askedAt?.getTime() ?? 0,
        renewalAskedAtMs: row.renewalAskedAt?.getTime() ?? 0,
        emptyUntilMs: 0,
      };
      if (pins.size >= maxPins) for (const oldest of pins.keys().take(1)) pins.delete(oldest);
      pins.set(id, pin);
      return pin;
    },
    forget(deviceId) {
      for (const [id, pin] of pins) if (pin.deviceId === deviceId) pins.delete(id);
    },
  };
}
