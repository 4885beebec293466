import type { SqliteValue } from '../../formats/sqlite/index.ts';
import type { ArtefactModule } from '../evidence.ts';
import { unixTimeMs } from '../times.ts';
import { type IosFiles, listed, plainText, readDatabases } from './files.ts';

export interface TccRecord {
  readonly path: string;
  readonly service: string;
  readonly client: string;
  readonly clientType: 'bundle-id' | 'path' | 'unknown';
  readonly access: 'denied' | 'unknown' | 'allowed' | 'limited';
  /** Who decided: "user consent", "MDM policy"; empty before iOS 14. */
  readonly reason: string;
  readonly atMs: number | undefined;
}

const ARTEFACT = 'permissions';
const PATH = 'Library/TCC/TCC.db';
const COLUMNS = ['service', 'client', 'client_type', 'auth_value', 'auth_reason', 'allowed', 'last_modified'];
const ACCESS = ['denied', 'unknown', 'allowed', 'limited'] as const;
const REASONS: readonly string[] = [
  '',
  'error',
  'user consent',
  'user set',
  'system set',
  'service policy',
  'MDM policy',
  'override policy',
  'missing usage string',
  'prompt timeout',
  'preflight unknown',
  'entitled',
  'app type policy',
];

/** Permissions that programs were given or refused, in the three shapes that the table has had. */
export const tcc: ArtefactModule<IosFiles, TccRecord> = {
  artefact: ARTEFACT,
  read: (source, emit) =>
    readDatabases(source, ARTEFACT, listed(source, 'HomeDomain', PATH), `HomeDomain/${PATH}`, (database, path) => {
      const columns = database.columns('access') ?? [];
      const byValue = columns.includes('auth_value');
      let records = 0;
      for (const { rowid, values } of database.rows('access', COLUMNS)) {
        records++;
        const record = recordOf(path, values, byValue);
        const { service, client, clientType, atMs, access, reason } = record;
        const locator = `access row ${rowid}, ${service}`.slice(0, 400);
        const common = { value: client, evidence: 'permitted', artefact: ARTEFACT, path, locator, atMs } as const;
        emit.sighting({ kind: 'process', ...common });
        if (clientType === 'bundle-id') emit.sighting({ kind: 'app', ...common });
        if (clientType === 'path') emit.sighting({ kind: 'path', relativePath: client.replace(/^\//, ''), ...common });
        emit.record(record);
        if (atMs !== undefined) {
          const detail = `${client}: ${service}${reason === '' ? '' : `, ${reason}`}`;
          emit.event?.({ atMs, artefact: ARTEFACT, path, what: `permission ${access}`, detail });
        }
      }
      return records;
    }),
};

function recordOf(path: string, values: readonly SqliteValue[], byValue: boolean): TccRecord {
  const [service, client, type, auth, reason, allowed, modified] = values;
  const name = plainText(client);
  return {
    path,
    service: plainText(service),
    client: name,
    clientType: type === 0 ? 'bundle-id' : name.startsWith('/') ? 'path' : 'unknown',
    access: byValue ? (ACCESS[Number(auth)] ?? 'unknown') : allowed === 1 ? 'allowed' : 'denied',
    reason: typeof reason === 'number' ? (REASONS[reason] ?? `reason ${reason}`) : '',
    atMs: unixTimeMs(modified),
  };
}
