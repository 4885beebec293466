import { md5 } from '@noble/hashes/legacy.js';
import { FormatError, fromBase64, toHex } from '../../base/index.ts';
import type { ArtefactModule } from '../evidence.ts';
import { type AndroidFiles, filesAt, isObject, jsonOf, readFiles, readSections, textOf } from './files.ts';
import { linesOf } from './lines.ts';

/** A computer that may debug the phone, by its key; or the state of debugging; or the computer that collected the evidence. */
export type AdbRecord =
  | {
      readonly kind: 'key';
      readonly path: string;
      /** As the computer calls itself: "user@host". */
      readonly user: string;
      /** MD5 of the key, upper-case hex with colons; empty where the key is damaged. */
      readonly fingerprint: string;
      readonly lastConnectedMs: number | undefined;
    }
  | { readonly kind: 'state'; readonly path: string; readonly connected: boolean; readonly wirelessEnabled: boolean }
  | { readonly kind: 'host'; readonly path: string; readonly fingerprint: string };

/** RSA keys of adb have 524 bytes, 700 characters (AOSP `libcrypto_utils`); test data has shorter ones. */
const KEY = /(?<![A-Za-z0-9+/])([A-Za-z0-9+/]{40,4000}={0,2})(?: ([\w.@-]{1,200}))?/g;
const XML_KEY = /<adbKey key="([^"]{1,8000})"(?: lastConnection="(\d{1,16})")?/g;
const MAX_KEYS = 1000;
const MAX_KEY_FILE_BYTES = 64 * 1024;

/**
 * `adb`: keys in `user_keys`, and the key store beside it, as XML or as binary XML whose tokens dumpstate has damaged: there the keys
 * themselves are still whole, the times are lost.
 */
export const adb: ArtefactModule<AndroidFiles, AdbRecord> = {
  artefact: 'adb',
  async read(source, emit) {
    // AndroidQF may leave the public key of the computer that collected, in one of two places.
    const hosts = await readFiles('adb', filesAt(source, 'adb_host_key.pub'), 'adb_host_key.pub', (open, path) => {
      const [line = ''] = linesOf(open, 0, Math.min(open.sizeBytes, MAX_KEY_FILE_BYTES));
      emit.record({ kind: 'host', path, fingerprint: fingerprintOf(line.split(' ')[0] ?? '') });
      return 1;
    });
    const collected = await readFiles('adb', filesAt(source, 'acquisition.json'), 'acquisition.json', (open, path) => {
      const value = jsonOf(open);
      const key = isObject(value) ? textOf(value.adb_host_public_key) : '';
      if (key !== '') emit.record({ kind: 'host', path, fingerprint: fingerprintOf(key.split(' ')[0] ?? '') });
      return key === '' ? 0 : 1;
    });
    const rows = await readSections(source, 'adb', 'adb', (lines, path) => {
      const keys = new Map<string, { user: string; lastConnectedMs: number | undefined }>();
      let [connected, wireless, seen] = [false, false, false];
      let inWireless = false;
      for (const line of lines) {
        const text = line.trim();
        if (text.startsWith('debugging_manager=')) seen = true;
        if (text === 'connected_to_adb=true') connected = true;
        if (text.startsWith('adb_wifi=')) inWireless = true;
        if (inWireless && text === 'enabled=true') wireless = true;
        takeKeys(text, keys);
      }
      for (const [key, { user, lastConnectedMs }] of keys) {
        emit.record({ kind: 'key', path, user, fingerprint: fingerprintOf(key), lastConnectedMs });
      }
      if (seen) emit.record({ kind: 'state', path, connected, wirelessEnabled: wireless });
      return seen || keys.size > 0 ? 1 : 0;
    });
    return [...rows, ...[...hosts, ...collected].filter(({ status, records }) => status !== 'absent' && records !== 0)];
  },
};

function takeKeys(text: string, keys: Map<string, { user: string; lastConnectedMs: number | undefined }>): void {
  const put = (key: string, user: string, lastConnectedMs?: number): void => {
    const known = keys.get(key);
    if (known === undefined && keys.size < MAX_KEYS) keys.set(key, { user, lastConnectedMs });
    else if (known !== undefined) {
      known.user ||= user;
      known.lastConnectedMs ??= lastConnectedMs;
    }
  };
  for (const [, value = '', time] of text.matchAll(XML_KEY)) {
    const [key = '', user = ''] = value.split(' ');
    put(key, user, time === undefined ? undefined : Number(time));
  }
  if (text.includes('<')) return;
  for (const [, key = '', user = ''] of text.replace(/^(?:user_keys|keystore)=/, '').matchAll(KEY)) put(key, user);
}

function fingerprintOf(key: string): string {
  try {
    return (
      toHex(md5(fromBase64(key)))
        .toUpperCase()
        .match(/../g) ?? []
    ).join(':');
  } catch (error) {
    if (error instanceof FormatError) return ''; // a damaged key is a record all the same
    throw error;
  }
}
