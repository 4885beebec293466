import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeZip } from '../../src/formats/zip/testing.ts';
import { dumpstateText } from './android-dumps.ts';
import { BUGREPORT_TRACES } from './android-plants.data.ts';
import { sentence } from './ios-context.ts';
import { openBackup } from './ios-files.ts';
import { seeded } from './random.ts';

/** Lines of a log that are made; they are repeated with other times. */
const LOG_LINES = 20_000;

/** Writes a zipped bug report whose dumpstate is filled with log lines up to a size, behind what services say. */
export function writeLargeBugreport(path: string, dumpBytes: number): void {
  const random = seeded(3);
  const name = 'bugreport-generated-2025-06-01-10-00-00.txt';
  const text = Buffer.from(dumpstateText((plant) => plant === FIRST_PLANT, 1));
  const lines = Array.from({ length: LOG_LINES }, (_, i) => {
    const ms = String(i % 1000).padStart(3, '0');
    return `06-01 09:${String(i % 60).padStart(2, '0')}:00.${ms}  1000  ${1000 + (i % 900)}  1234 I Generated: ${sentence(random)}\n`;
  });
  const log = Buffer.from(`------ SYSTEM LOG (logcat -v threadtime) ------\n${lines.join('')}`);
  const dump = Buffer.alloc(Math.max(dumpBytes, text.length));
  text.copy(dump);
  for (let at = text.length; at < dump.length; at += log.length) log.copy(dump, at);
  const entry = { name: 'main_entry.txt', data: Buffer.from(name) };
  writeFileSync(path, makeZip([entry, { name, data: dump }]));
}

const [FIRST_PLANT = ''] = Object.keys(BUGREPORT_TRACES);

/**
 * Writes a backup whose list names `rows` files, of which `files` are there with a few bytes: what a check keeps grows with the list, not with what
 * the files hold.
 */
export function writeWideBackup(folder: string, rows: number, files: number): void {
  const device = {
    'Product Type': 'iPhone15,2',
    'Product Version': '18.6',
    'Build Version': '22G86',
    'Device Name': 'Generated',
    'Unique Identifier': createHash('sha1').update('wide').digest('hex'),
  };
  const backup = openBackup(folder, device, undefined);
  for (let i = 0; i < 256; i++) mkdirSync(join(folder, i.toString(16).padStart(2, '0')), { recursive: true });
  for (let i = 0; i < rows; i++) {
    const domain = `AppDomain-com.example.app${i % 150}`;
    const path = `Library/Caches/Images/d${i % 400}/item-${i.toString(36)}-thumbnail.jpg`;
    if (i < files) writeFileSync(backup.place(domain, path), `item ${i}`);
    else backup.list(domain, path);
  }
  backup.close();
}
