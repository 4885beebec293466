/**
 * readers: evidence of phones, parsed into sightings. Pure: bytes come through `EvidenceFolder`, nothing is written, nothing is contacted.
 *
 * A sighting is one thing that indicators can match (URL, host, process, e-mail address, path, profile) with where it stood, when, and which
 * kind of evidence that is: received, visited, present, executed. Each artefact ends `examined`, `absent` (the source does not list it) or
 * `unreadable` (listed but missing, damaged, or only partly salvaged), with the reason; a reader never turns a failure into silence.
 *
 * iOS backup: `openIosBackup` reads Info.plist, Status.plist, Manifest.plist and Manifest.db → one reader per artefact (`ARTEFACT_READERS`) →
 * `scanBytes` goes through every file, so that deleted rows, logs and unknown schemas are seen too.
 */
export { type ByteScanner, makeByteScanner, scanBytes } from './byte-scan.ts';
export type { Artefact, EvidenceFolder, OpenFile, Sighting } from './evidence.ts';
export { ARTEFACT_READERS, type DataUsage, readManifestSightings } from './ios-artefacts.ts';
export { contentPath, type IosBackup, openIosBackup, reasonOf } from './ios-backup.ts';
