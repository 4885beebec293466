/**
 * formats/tracev3: which processes wrote to the unified log of Apple's systems, without its messages.
 *
 * Source: libyal, "Apple Unified Logging and Activity Tracing formats"; Apple documents none of it. A tracev3 file is a row of chunks; each
 * catalog (0x600b) lists the processes of the log entries that follow it. `logProcesses` gives them, `keepCatalogs` cuts a file down to what
 * that needs, `binaryPath` reads from a uuidtext file where the binary of an identifier lies.
 */
export { type LogProcess, type LogProcesses, logProcesses } from './catalog.ts';
export { keepCatalogs } from './chunks.ts';
export { binaryPath, keepBinaryPath } from './uuidtext.ts';
