/**
 * formats/ips: crash and diagnostic reports of iOS (`.ips`): a line of JSON, then a body of JSON, a property list or text.
 *
 * The layout is described by readers of sysdiagnoses only. `parseIps` gives header and body, and the fields of a process that detectors look
 * for, in crash reports and in the process list of a Jetsam event. Bounded in bytes and processes; throws only FormatError `ips-…`.
 */
export { type IpsProcess, type IpsReport, parseIps } from './parse.ts';
