import type { Platform } from './platform.ts';

/**
 * Collections of the public feeds whose publisher says in the report, and not in the file, which phones its names of programs and files were found
 * on. Used where neither the indicator nor a place in its collection tells.
 */
export const COLLECTION_PLATFORMS: ReadonlyMap<string, Platform> = new Map([
  // Amnesty International, "Forensic Methodology Report: How to catch NSO Group's Pegasus", 2021-07, appendix D: processes of iPhones.
  ['Pegasus', 'ios'],
  // Kaspersky, "Operation Triangulation", 2023-06: BackupAgent in the data usage of iPhones.
  ['OperationTriangulation', 'ios'],
  // Citizen Lab and Microsoft, "Sweet QuaDreams", 2023-04: iPhones.
  ['KingSpawn', 'ios'],
  // Google and iVerify, "Coruna", 2026-03: iPhones.
  ['Coruna', 'ios'],
  // Google, Lookout and iVerify, "DarkSword", 2026-03: iPhones.
  ['DarkSword', 'ios'],
]);
