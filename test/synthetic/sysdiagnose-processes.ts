/** A process that a generated phone runs, and the lists that do not show it. */
export interface PlantedProcess {
  readonly name: string;
  readonly path: string;
  readonly hiddenFrom: readonly ('ps' | 'ps-thread' | 'taskinfo' | 'spindump')[];
  /** Seconds since its start, when the archive was begun; three hours where nothing is said. */
  readonly ageSeconds?: number;
}

const NAMES =
  'launchd SpringBoard backboardd locationd mDNSResponder apsd identityservicesd imagent timed nfcd bluetoothd wifid configd mediaserverd cfprefsd lsd tccd nsurlsessiond rapportd sharingd symptomsd thermalmonitord aggregated dasd powerd logd notifyd trustd securityd accountsd'.split(
    ' ',
  );
const LATER_SECONDS = 40;

/**
 * The four lists of processes. Healthy ones differ too: `ps` sees itself, the archive's own programs start between two lists, and a program
 * ends before the last.
 */
export function processFiles(planted: readonly PlantedProcess[]): [string, string][] {
  const usual: PlantedProcess[] = NAMES.map((name) => ({ name, path: `/usr/libexec/${name}`, hiddenFrom: [] }));
  const passing: PlantedProcess[] = [
    { name: 'ps', path: '/bin/ps', hiddenFrom: ['taskinfo', 'spindump'], ageSeconds: 0 },
    { name: 'spindump', path: '/usr/sbin/spindump', hiddenFrom: ['ps', 'ps-thread', 'taskinfo'], ageSeconds: 0 },
    { name: 'rolexecd2', path: '/usr/libexec/rolexecd2', hiddenFrom: ['spindump'], ageSeconds: 7200 },
    { name: 'sysdiagnose_help', path: '/usr/libexec/sysdiagnose_helper', hiddenFrom: ['ps'], ageSeconds: 5 },
  ];
  const all = [...usual, ...planted, ...passing].map((process, i) => ({
    pid: i + 1,
    ageSeconds: 10_800,
    ...process,
  }));
  const seenBy = (view: PlantedProcess['hiddenFrom'][number]) =>
    all.filter(({ hiddenFrom }) => !hiddenFrom.includes(view));
  return [
    [
      'ps.txt',
      `USER  UID PRSNA   PID  PPID        F  %CPU %MEM PRI NI      VSZ    RSS WCHAN    TT  STAT STARTED      TIME COMMAND\n${seenBy(
        'ps',
      )
        .map(
          ({ pid, path }) =>
            `mobile  501     -     ${pid}     1     4004   0.0  0.0   0  0        0      0 -        ??  Ss   Tue09PM   0:00.00 ${path}\n`,
        )
        .join('')}`,
    ],
    [
      'ps_thread.txt',
      `USER     PID   TT   %CPU STAT PRI     STIME     UTIME COMMAND\n${seenBy('ps-thread')
        .map(
          ({ pid, path }) =>
            `mobile   ${pid}   ??    0.0 S    31T   0:00.10   0:00.20 ${path}\n         ${pid}         0.0 S    31T   0:00.01   0:00.00\n`,
        )
        .join('')}`,
    ],
    [
      'taskinfo.txt',
      `num tasks: ${all.length}\n${seenBy('taskinfo')
        .map(
          ({ pid, name, ageSeconds }) =>
            `process: "${name}" [${pid}] [unique ID: ${pid}]\narchitecture: arm64\nrun time: ${ageSeconds} s\nthreads:\n\tthread ID: 0x1\n\n\n`,
        )
        .join('')}`,
    ],
    [
      'spindump-nosymbols.txt',
      `Date/Time:        2025-06-01 10:00:${LATER_SECONDS}.759 +0200\nOS Version:       iPhone OS 18.5 (Build 22F76)\n\n${'-'.repeat(60)}\n${seenBy(
        'spindump',
      )
        .map(
          ({ pid, name, path, ageSeconds }) =>
            `\nProcess:          ${name} [${pid}]\nPath:             ${path}\nParent:           launchd [1]\nUID:              501\nTime Since Fork:  ${ageSeconds + LATER_SECONDS}s\n\n  Thread 0x1  10 samples\n`,
        )
        .join('')}\nSpindump binary format\nxx`,
    ],
  ].map(([path = '', text = '']): [string, string] => [path, text]);
}
