import type { Sighting } from './evidence.ts';

/**
 * Places that fill with what others send, or with what a page, a mail or an advertisement brings along: attachments, mail, media and downloads of
 * messengers, shared storage, caches, calendar and contacts. No dropped implant is known that stays there and has no other trace.
 */
const PLACES: readonly RegExp[] = [
  // iOS: Messages, Mail, calendar, contacts, voice mail, shared albums and documents.
  /\/library\/(?:sms|messages|mail|calendar|addressbook|voicemail|cookies|safari|webkit|passes)\//,
  /\/(?:library\/)?caches\//,
  /\/websitedata\//,
  /\/media\/(?:dcim|photodata|downloads|recordings|books)\//,
  /\/mobile documents\//,
  // Of the domains of a backup, which name no folder of the system.
  /^\/(?:mediadomain|camerarolldomain|booksdomain)\//,
  // Messengers, shared notes, what is dropped over the air, and what opens files for other apps.
  /\/(?:appdomaingroup-)?group\.com\.apple\.notes\/accounts\/[^/]+\/media\//,
  /\/(?:message\/media|media\/profile|(?:message )?attachments|file provider storage|app_parts|downloads?|inbox|received files|telegram-data|tmp\/[^/]*attachments?)\//,
  // Android: shared storage, which every messenger and browser writes to, and caches of apps.
  /^\/(?:sdcard|mnt\/sdcard|storage\/emulated\/\d+|storage\/[0-9a-f]{4}-[0-9a-f]{4}|data\/media\/\d+)\//,
  /^\/data\/(?:data|user(?:_de)?\/\d+)\/[^/]+\/(?:cache|code_cache|app_webview|databases\/webview)[^/]*\//,
];

/** Tells whether others can put a file at this path by sending something, or by what a page brings along. Any case, with or without a leading slash. */
export function isPlaceOfOthers(path: string): boolean {
  const lower = `/${path}/`.replace(/\/+/g, '/').toLowerCase();
  return PLACES.some((place) => place.test(lower));
}

/**
 * What a sighting proves by where it stands: a file in a place that others can fill was received, whatever its name or content.
 *
 * Otherwise whoever sends an attachment with the name of an implant makes the owner's phone suspect.
 */
export function byPlace(sighting: Sighting): Sighting {
  const { kind, evidence, installed, value, path } = sighting;
  if (evidence !== 'present' || installed === true || (kind !== 'path' && kind !== 'hash')) return sighting;
  return isPlaceOfOthers(kind === 'path' ? value : path) ? { ...sighting, evidence: 'received' } : sighting;
}
