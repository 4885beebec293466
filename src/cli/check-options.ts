import { readArguments, remoteOf, UsageError } from './arguments.ts';

export const HELP = `pavise check PATH… [options]
pavise check --verify PACK [PATH…]

Looks for traces of spyware in backups of iPhones (open or encrypted), sysdiagnose archives, bug reports, AndroidQF folders, Android backups
and loose files; several PATHs make one case. Reads only; contacts nobody unless --server is given.

  --indicators FILE|DIR  more indicators: STIX 2 (.stix2, .json), stalkerware lists (.yaml); may be repeated
  --store DIR            folder of the indicator store (or PAVISE_INDICATORS; see "pavise indicators")
  --only-given           use no other indicators than those given
  --password-file F      file whose first line is the password of an encrypted backup ("-": standard input)
  --since FILE           report (--json, or report.json of --out) of the check before: tells what changed on the phone since
  --level LEVEL          thorough: every file (default); quick: only the files that known artefacts lie in
  --out DIR              write report, timeline, hashes of the evidence and a signed pack into a new folder
  --consent TEXT         who agreed to the check, for the pack
  --json FILE|-          write the report as JSON ("-": to standard output)
  --server URL           send the report and hashes of what stood on the phone to this server (or PAVISE_SERVER), with --device
  --token T              API token (better: PAVISE_TOKEN)
  --device ID            the enrolled device that the evidence is of
  --force                send it although the server knows another phone under that device (an investigator's or owner's token)
  --verify PACK          verify a pack.json (or the folder of --out), the files beside it, and the evidence where PATHs are given
  --signer FINGERPRINT   with --verify: the key that must have signed, as its maker's --verify or --out shows it

Exit: 0 nothing found, 1 a trace or something unusual, 2 usage or input error, 3 something relevant was unreadable
`;

const OPTIONS = {
  help: { type: 'boolean' },
  indicators: { type: 'string', multiple: true },
  'only-given': { type: 'boolean' },
  store: { type: 'string' },
  'password-file': { type: 'string' },
  since: { type: 'string' },
  level: { type: 'string' },
  json: { type: 'string' },
  out: { type: 'string' },
  consent: { type: 'string' },
  verify: { type: 'string' },
  signer: { type: 'string' },
  server: { type: 'string' },
  token: { type: 'string' },
  device: { type: 'string' },
  force: { type: 'boolean' },
} as const;

export interface Upload {
  readonly server: string;
  readonly token: string;
  readonly device: string;
  /** The device's facts are wrong: the report of another phone than they name is kept all the same. */
  readonly force: boolean;
}

export interface CheckOptions {
  readonly help: boolean;
  readonly paths: readonly string[];
  readonly indicators: readonly string[];
  readonly onlyGiven: boolean;
  readonly store: string | undefined;
  readonly json: string | undefined;
  readonly out: string | undefined;
  readonly consent: string | null;
  readonly passwordFile: string | undefined;
  readonly since: string | undefined;
  readonly level: 'quick' | 'thorough';
  readonly verify: string | undefined;
  /** Fingerprint of the key that must have signed, in lower case. */
  readonly signer: string | undefined;
  readonly upload: Upload | undefined;
}

/** Reads the arguments; throws UsageError. */
export function readOptions(args: string[]): CheckOptions {
  const { values, positionals } = readArguments(args, OPTIONS);
  const { level = 'thorough', help = false, verify } = values;
  if (!help && verify === undefined && positionals.length === 0)
    throw new UsageError('Give a backup, archive or folder: no PATH (see --help)');
  if (positionals.length > 20) throw new UsageError('Give at most 20 PATHs: they make one case');
  if (level !== 'quick' && level !== 'thorough') {
    throw new UsageError(`Choose quick or thorough for --level: "${level}" is neither`);
  }
  return {
    help,
    paths: positionals,
    indicators: values.indicators ?? [],
    onlyGiven: values['only-given'] === true,
    store: values.store,
    json: values.json,
    out: values.out,
    consent: values.consent ?? null,
    passwordFile: values['password-file'],
    since: values.since,
    level,
    verify,
    signer: signerOf(values.signer, verify),
    upload: uploadOf(values),
  };
}

/** Words of a telephone call and of paper: blanks, colons and capitals do not count. */
function signerOf(text: string | undefined, verify: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  if (verify === undefined) throw new UsageError('Give --signer with --verify: it names who signed a pack');
  const digits = text.replace(/[\s:-]/g, '').toLowerCase();
  if (/^[0-9a-f]{32}$/.test(digits)) return digits;
  throw new UsageError('Give the fingerprint of the key for --signer: 32 digits of 0-9 and a-f');
}

function uploadOf(values: { server?: string; token?: string; device?: string; force?: boolean }): Upload | undefined {
  const { server, token } = remoteOf(values);
  if (values.device === undefined) {
    if (values.force === true) {
      throw new UsageError('Give --device with --force: it is about the device that a report belongs to');
    }
    if (values.server === undefined) return undefined;
    throw new UsageError('Give --device with --server: the report belongs to a device');
  }
  if (server === undefined) {
    throw new UsageError('Give --server (or PAVISE_SERVER) with --device: the report has nowhere to go');
  }
  if (!URL.canParse(server)) {
    throw new UsageError(`Give --server as https://pavise.example.org: "${server}" is no address`);
  }
  if (token === undefined) {
    throw new UsageError('Give PAVISE_TOKEN (or --token T) with --device: the server takes no report without one');
  }
  if (!/^[0-9a-f-]{36}$/i.test(values.device)) {
    throw new UsageError(`Give --device as its page shows it: "${values.device}" is no id of a device`);
  }
  return { server, token, device: values.device, force: values.force === true };
}
