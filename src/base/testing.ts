/** How often a property runs: `count` times in `npm test`, and `PAVISE_FUZZ_FACTOR` times that in `npm run fuzz` (default 100 there). */
export function runs(count: number): number {
  return count * Number(process.env['PAVISE_FUZZ_FACTOR'] ?? 1);
}

/** Processor time that this process has used: what an input costs, also while the machine is busy with something else. */
export function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
