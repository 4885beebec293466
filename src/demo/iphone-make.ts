import { createHash } from 'node:crypto';
import { COMMON_APPS, type PhoneApp } from './iphone-apps.data.ts';

/** What a simulated iPhone is. */
export interface IphoneMake {
  readonly name: string;
  readonly modelName: string;
  readonly productName: string;
  readonly model: string;
  readonly osVersion: string;
  readonly buildVersion: string;
  /** 0: no passcode is set. */
  readonly passcodeLength: number;
  readonly supervised: boolean;
}

/** The numbers by which one phone differs from all others, the same at each start. */
export interface IphoneNumbers {
  readonly udid: string;
  readonly serialNumber: string;
  readonly imei: string;
  readonly wifiMac: string;
  readonly capacityGigabytes: number;
  readonly batteryLevel: number;
  readonly apps: readonly PhoneApp[];
}

const SERIAL_LETTERS = 'CDFGHJKLMNPQRTVWXY0123456789'; // Apple's serials avoid what is easily misread

/** Derives a phone's numbers from a seed, so that a restart simulates the same phones. */
export function numbersOf(seed: string): IphoneNumbers {
  const bytes = createHash('sha256').update(`pavise practice iPhone ${seed}`).digest();
  const byte = (i: number): number => bytes[i % bytes.length] ?? 0;
  const hex = bytes.toString('hex').toUpperCase();
  const from = byte(5) % COMMON_APPS.length;
  return {
    udid: `00008${hex.slice(0, 3)}-${hex.slice(3, 19)}`,
    serialNumber: Array.from({ length: 10 }, (_, i) => SERIAL_LETTERS[byte(i + 8) % SERIAL_LETTERS.length]).join(''),
    imei: withLuhn(`35${Array.from({ length: 12 }, (_, i) => byte(i + 16) % 10).join('')}`),
    wifiMac: `a4:83:e7:${hex.slice(40, 46).toLowerCase().match(/../g)?.join(':') ?? ''}`,
    capacityGigabytes: 128 << (byte(3) % 2),
    batteryLevel: 0.3 + (byte(4) % 70) / 100,
    apps: Array.from({ length: 6 + (byte(6) % 5) }, (_, i) => COMMON_APPS[(from + i) % COMMON_APPS.length]).filter(
      (found) => found !== undefined,
    ),
  };
}

/** Appends the check digit of an IMEI (3GPP TS 23.003, annex B). */
function withLuhn(digits: string): string {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const doubled = Number(digits[i]) * (i % 2 === 1 ? 2 : 1);
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return `${digits}${(10 - (sum % 10)) % 10}`;
}
