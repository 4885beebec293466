import { describe, expect, it } from 'vitest';
import { utf8Bytes } from '../../base/index.ts';
import { memoryTree } from '../index.ts';
import { openSysdiagnose } from './open.ts';
import { type ServiceRecord, serviceLogs } from './service-logs.ts';

/** What iOS 16 logs while a computer pairs: it asks, the person has not answered yet, asks again, and is paired. */
const PAIRING = `04/07/25 06:35:07.106098 pid=79 handle_pair: Preparing to pair for usbmuxd .
04/07/25 06:35:07.106402 pid=79 handle_pair: Pair message: {
    Label = usbmuxd;
    HostName = "desk-of-an";
}
04/07/25 06:35:07.118971 pid=79 mc_allow_pairing: hostMayPairWithOptions said yes with prompt
04/07/25 06:35:07.130928 pid=79 ask_user_to_trust_block_invoke: Asking the user if they want to pair.
04/07/25 06:35:07.131495 pid=79 handle_pair: Pair for usbmuxd failed : PairingDialogResponsePending
04/07/25 06:35:07.131600 pid=79 set_response_error: handle_pair PairingDialogResponsePending
04/07/25 06:35:10.451147 pid=79 handle_pair: Preparing to pair for usbmuxd .
04/07/25 06:35:10.452501 pid=79 mc_allow_pairing: hostMayPairWithOptions said yes with prompt
04/07/25 06:35:10.456781 pid=79 ask_user_to_trust_block_invoke: Allowing pairing from connection 8 since we're still on that connection.
04/07/25 06:35:10.563345 pid=79 handle_pair: Pair for usbmuxd succeeded .
04/07/25 06:36:00.000001 pid=79 handle_get_value: AMPDevicesAgent attempting to get [com.apple.mobile.wireless_lockdown]:[EnableWifiPairing]
04/07/25 06:36:00.000002 pid=79 handle_start_service: AMPDevicesAgent attempting to spawn com.apple.dt.remotepairingdeviced.lockdown service.
04/07/25 06:36:01.000002 pid=79 handle_start_service_with_socket: idevicebackup2 attempting to spawn com.apple.mobilebackup2 service.
04/07/25 06:36:02.000002 pid=79 handle_start_service_with_socket: idevicebackup2 attempting to spawn com.apple.afc service.
`;

async function read(log: string): Promise<{ records: ServiceRecord[]; events: string[] }> {
  const tree = memoryTree('s', new Map([['logs/MobileLockdown/lockdownd.log', utf8Bytes(log)]]));
  const records: ServiceRecord[] = [];
  const events: string[] = [];
  const source = await openSysdiagnose(tree, { kind: 'folder', prefix: '' });
  await serviceLogs.read(source, {
    record: (record) => records.push(record),
    sighting: () => undefined,
    event: ({ what }) => events.push(what),
  });
  return { records, events };
}

describe('serviceLogs', () => {
  it('calls one line of a pairing a pairing: the one that says that it was made', async () => {
    const { events, records } = await read(PAIRING);
    expect(events.filter((what) => what === 'paired with a computer')).toHaveLength(1);
    expect(records.filter(({ what }) => what === 'paired with a computer').map(({ line }) => line)).toEqual([13]);
    expect(events.filter((what) => /pair/i.test(what) && what !== 'paired with a computer')).toEqual([
      'a computer asked to pair',
      'pairing not made',
    ]);
  });

  it('names each program of a computer that asked for something once', async () => {
    const { records } = await read(PAIRING);
    expect(records.filter(({ what }) => what === 'program of a computer').map(({ text }) => text)).toEqual([
      'AMPDevicesAgent',
      'idevicebackup2',
    ]);
  });

  it.each([
    ['09/19/13 23:53:59.000001 pid=52 handle_pair: pair for BOGUS failed: PasswordProtected', 'pairing not made'],
    ['09/19/13 23:53:59.000001 pid=52 handle_pair: pair for BOGUS succeeded', 'paired with a computer'],
    ['09/19/13 23:53:59.000001 pid=52 handle_unpair: Unpaired from host', 'pairing removed'],
    ['09/19/13 23:53:59.000001 pid=52 lockstart_local: Build version: 11A465', 'services started'],
    ['09/19/13 23:53:59.000001 pid=52 special_case_get: repaired the record of a pair of headphones', undefined],
  ])('reads "%s" as %s', async (line, what) => {
    expect((await read(`${line}\n`)).events).toEqual(what === undefined ? [] : [what]);
  });
});
