/**
 * zip: the container of TDF files, bug reports and office documents (PKWARE APPNOTE 6.3.10).
 *
 * Reading: `readZip` walks the central directory, the only authority; local headers say no more than where the data starts
 * (`locateZipEntry`). Archives that two tools could read differently are refused: doubled names, overlapping entries, names that climb
 * out of the folder, encrypted entries, several disks. There an entry's bytes are a range of the input, not decompressed.
 * `openZip` opens an archive that is evidence: bad entries are refused one by one with their reason, contents are unpacked under limits and
 * held to their size and checksum. A zip within a zip is read, then opened again.
 * Writing: the pieces of a streaming zip64 archive of stored entries, `zipLocalHeader`, the data, `zipDescriptor`, …, `zipDirectory`.
 * Pure: no I/O, no clock (written entries carry the DOS epoch), runs in Node and in browsers.
 */
export { crc32 } from './crc32.ts';
export { openZip, type ZipFolder, type ZipLimits, type ZipMember } from './open.ts';
export { locateZipEntry, readZip, type ZipArchive } from './read.ts';
export { type WrittenEntry, zipDescriptor, zipDirectory, zipLocalHeader } from './write.ts';
