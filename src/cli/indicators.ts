import { userInfo } from 'node:os';
import { readArguments, UsageError } from './arguments.ts';
import type { CommandIo } from './command.ts';
import { type AddOptions, addPath, addPublicSources, addSource } from './indicator-store/add.ts';
import { exportVersion } from './indicator-store/export.ts';
import { diffStore, listStore, verifyStore } from './indicator-store/inspect.ts';
import { removeSet, storeFolder, type WritableStore, withStore } from './indicator-store/store.ts';
import { type Update, updateSource } from './indicator-store/update.ts';
import { diffText, listText, updateText, verifyText } from './indicators-text.ts';

const HELP = `pavise indicators COMMAND [--store DIR] [--json]

Keeps indicators in a local, signed, versioned store. Only "update" uses the network, and asks only hosts that were configured.

  list                        sets, sources and allowed values
  add FILE|DIR                import STIX 2, stalkerware YAML, plain lists, or a signed bundle (works offline)
      --name NAME             name of the set (default: the file's)
      --private               the organisation's own: exported only by name
  add URL…                    configure a source; --public configures the public feeds
      --kind KIND             files, mvt-index, taxii, bundle (default: told by the URL)
      --key KEY               the publisher's minisign key, or its file: nothing else is taken then
      --host HOST             a further host that may be asked; may be repeated
      --token-env NAME        environment variable with a bearer token; --basic-env NAME with user:password
      --licence TEXT, --tlp TLP
  update [NAME…]              fetch what changed
  remove NAME                 remove a set and its source
  diff [A [B]]                what changed: of every set, of set A, or from A to B (NAME, NAME@VERSION or a file)
  export NAME[@V] --out FILE  write a version as a signed bundle, with its signature and key beside it
  verify                      check every stored version: digest, signature, content
  allow VALUE --reason R --until YYYY-MM-DD [--author A]
                              list matches of an indicator (id or value) as allowed; --remove takes it back

The store is --store, else PAVISE_INDICATORS, else pavise/indicators in the user's data folder.
Exit: 0 done, 1 a source failed or something does not verify, 2 usage or input error
`;

const OPTIONS = {
  help: { type: 'boolean' },
  json: { type: 'boolean' },
  store: { type: 'string' },
  name: { type: 'string' },
  private: { type: 'boolean' },
  public: { type: 'boolean' },
  kind: { type: 'string' },
  key: { type: 'string' },
  host: { type: 'string', multiple: true },
  'token-env': { type: 'string' },
  'basic-env': { type: 'string' },
  licence: { type: 'string' },
  tlp: { type: 'string' },
  out: { type: 'string' },
  reason: { type: 'string' },
  until: { type: 'string' },
  author: { type: 'string' },
  remove: { type: 'boolean' },
} as const;

/** An allow-list is looked at again at least once a year. */
const MAX_ALLOWED_DAYS = 366;
const DAY_MS = 86_400_000;

/** `pavise indicators …`; exit codes as in the help text. */
export async function indicators(args: string[], io: CommandIo): Promise<number> {
  const { values, positionals } = readArguments(args, OPTIONS);
  const [command, ...rest] = positionals;
  if (values.help || command === undefined) {
    io.out(HELP);
    return values.help ? 0 : 2;
  }
  const folder = storeFolder(values.store, process.env);
  const tell = (result: object, text: string): void =>
    io.out(values.json ? `${JSON.stringify(result, null, 2)}\n` : text);
  switch (command) {
    case 'list': {
      const listing = listStore(folder, Date.now());
      tell(listing, listText(listing));
      return 0;
    }
    case 'verify': {
      const result = verifyStore(folder);
      tell(result, verifyText(result));
      return result.ok ? 0 : 1;
    }
    case 'diff': {
      const result = diffStore(folder, rest);
      tell(result, diffText(result));
      return 0;
    }
    case 'export': {
      const result = exportVersion(folder, one(rest, 'NAME'), values.out);
      tell(result, `Written: ${result.file} (${result.name} version ${result.version}), signature and key beside it\n`);
      return 0;
    }
    case 'add':
      return await withStore(folder, (store) => add(store, rest, values, tell));
    case 'update':
      return await withStore(folder, (store) => update(store, rest, tell));
    case 'remove':
      return await withStore(folder, (store) => {
        const name = one(rest, 'NAME');
        removeSet(store, name);
        tell({ removed: name }, `Removed: ${name}\n`);
        return 0;
      });
    case 'allow':
      return await withStore(folder, (store) => allow(store, one(rest, 'VALUE'), values, tell));
    default:
      throw new UsageError(`Choose one of the commands of --help: there is no "${command}"`);
  }
}

type Tell = (result: object, text: string) => void;
type Values = ReturnType<typeof readArguments<typeof OPTIONS>>['values'];

function add(store: WritableStore, what: readonly string[], values: Values, tell: Tell): number {
  const urls = what.filter((item) => /^[a-z][a-z0-9+.-]*:\/\//i.test(item));
  const options: AddOptions = {
    name: values.name,
    isPrivate: values.private === true,
    key: values.key,
    licence: values.licence,
    tlp: values.tlp,
    nowMs: Date.now(),
  };
  if (values.public) {
    if (what.length > 0) throw new UsageError('Leave the URL out: --public has its own');
    const sources = addPublicSources(store);
    tell(
      { sources },
      `Configured: ${sources.map(({ name }) => name).join(', ')}. Fetch with "pavise indicators update"\n`,
    );
    return 0;
  }
  if (urls.length > 0) {
    if (urls.length < what.length) throw new UsageError('Give files or URLs, not both');
    const auth =
      values['token-env'] !== undefined
        ? ({ scheme: 'bearer', env: values['token-env'] } as const)
        : values['basic-env'] !== undefined
          ? ({ scheme: 'basic', env: values['basic-env'] } as const)
          : undefined;
    const source = addSource(store, urls, { ...options, kind: values.kind, hosts: values.host ?? [], auth });
    tell({ sources: [source] }, `Configured: ${source.name}. Fetch with "pavise indicators update ${source.name}"\n`);
    return 0;
  }
  const { name, version, isNew } = addPath(store, one(what, 'FILE, DIR or URL'), options);
  const text = isNew
    ? `Added: ${name} version ${version.version}, ${version.indicators} indicators\n`
    : `Unchanged: ${name} version ${version.version} holds the same\n`;
  tell({ name, version: version.version, indicators: version.indicators, isNew }, text);
  return 0;
}

async function update(store: WritableStore, names: readonly string[], tell: Tell): Promise<number> {
  const { sources } = store.state;
  const unknown = names.find((name) => !sources.some((source) => source.name === name));
  if (unknown !== undefined)
    throw new UsageError(`Choose a source of "pavise indicators list": there is no "${unknown}"`);
  if (sources.length === 0) throw new UsageError('Add a source first: "pavise indicators add URL", or "add --public"');
  const updates: Update[] = [];
  for (const source of sources) {
    if (names.length === 0 || names.includes(source.name)) updates.push(await updateSource(store, source, Date.now()));
  }
  tell({ updates }, updateText(updates));
  return updates.every(({ failures }) => failures.length === 0) ? 0 : 1;
}

function allow(store: WritableStore, value: string, values: Values, tell: Tell): number {
  const others = store.state.allowed.filter((entry) => entry.value.toLowerCase() !== value.toLowerCase());
  if (values.remove) {
    if (others.length === store.state.allowed.length)
      throw new UsageError(`Choose an allowed value of "list": "${value}" is none`);
    store.state = { ...store.state, allowed: others };
    store.save();
    tell({ removed: value }, `No longer allowed: ${value}\n`);
    return 0;
  }
  const nowMs = Date.now();
  const until = values.until ?? '';
  const untilMs = /^\d{4}-\d\d-\d\d$/.test(until) ? Date.parse(`${until}T23:59:59Z`) : Number.NaN;
  if (!(untilMs > nowMs) || untilMs > nowMs + MAX_ALLOWED_DAYS * DAY_MS) {
    throw new UsageError(`Give --until a day within the next ${MAX_ALLOWED_DAYS} days: "${until}" is none`);
  }
  const reason = values.reason?.trim() ?? '';
  if (reason === '') throw new UsageError('Give --reason: whoever reads the report must know why this is allowed');
  const author = (values.author ?? userInfo().username).slice(0, 200);
  const entry = { value: value.slice(0, 4096), reason: reason.slice(0, 4096), author, createdAtMs: nowMs, untilMs };
  store.state = { ...store.state, allowed: [...others, entry] };
  store.save();
  tell({ allowed: entry }, `Allowed until ${until}: ${value}\n`);
  return 0;
}

function one(items: readonly string[], what: string): string {
  const [item, more] = items;
  if (item === undefined || more !== undefined) throw new UsageError(`Give one ${what} (see --help)`);
  return item;
}
