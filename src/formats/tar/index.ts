/**
 * formats/tar: a streaming reader of tar (POSIX ustar and pax, GNU long names, V7), for sysdiagnoses, Android backups and our own backups,
 * which `tarHeader`, `tarPadding` and `TAR_END` write.
 *
 * `readTar` yields members in their order from any stream of bytes, leaping over what is not read where the stream can; nothing is written and no link followed: links and special files are
 * members of their own kind, and a name that means another place comes with the reason in `refused`. Limits on members, sizes and names;
 * throws only FormatError `tar-…`. Pure and browser-safe.
 */
export type { TarSource } from './byte-queue.ts';
export { readTar, type TarLimits, type TarMember } from './read.ts';
export { TAR_END, tarHeader, tarPadding } from './write.ts';
