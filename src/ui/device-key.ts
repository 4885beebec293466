/** The pair by which the server knows this browser as one enrolled device. */
export interface DeviceKey {
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
}

const DATABASE = 'pavise';
const STORE = 'keys';
const NAME = 'device';

/** Makes a P-256 pair whose private half can never leave the browser. */
export async function createDeviceKey(): Promise<DeviceKey> {
  return crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify']);
}

/** Keeps the pair; only after the server has bound it, so that a failed binding leaves the old one in place. */
export async function saveDeviceKey(key: DeviceKey): Promise<void> {
  const { privateKey, publicKey } = key;
  // Else a browser that runs out of space may drop the key, and an administrator has to connect the phone anew.
  await navigator.storage.persist().catch(() => false);
  await inStore('readwrite', (store) => store.put({ privateKey, publicKey }, NAME));
}

export async function loadDeviceKey(): Promise<DeviceKey | null> {
  const found: unknown = await inStore('readonly', (store) => store.get(NAME));
  return isDeviceKey(found) ? found : null;
}

function isDeviceKey(value: unknown): value is DeviceKey {
  return (
    typeof value === 'object' &&
    value !== null &&
    'privateKey' in value &&
    'publicKey' in value &&
    value.privateKey instanceof CryptoKey &&
    value.publicKey instanceof CryptoKey
  );
}

async function inStore(mode: IDBTransactionMode, use: (store: IDBObjectStore) => IDBRequest): Promise<unknown> {
  const database = await new Promise<IDBDatabase>((resolve, reject) => {
    const opening = indexedDB.open(DATABASE, 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(opening.error ?? new Error('Cannot open key store'));
  });
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction(STORE, mode);
      const asked = use(transaction.objectStore(STORE));
      // Resolve at completion, not at success: only then has a write reached the disk.
      transaction.oncomplete = () => resolve(asked.result);
      transaction.onerror = () => reject(transaction.error ?? new Error('Cannot use key store'));
    });
  } finally {
    database.close();
  }
}
