import type { SysdiagnoseLife } from './lives.data.ts';

/** App that a generated installer logs, its host reserved (RFC 2606). */
export const PLANTED_APP = 'com.example.relaychat';

const DAY_MS = 86_400_000;
/** "Mon Apr  7 06:41:21 2025", local. */
function wordy(atMs: number, zoneMinutes: number): string {
  const parts = new Date(atMs + zoneMinutes * 60_000).toUTCString().replace(',', '').split(' ');
  return `${parts[0]} ${parts[2]} ${String(Number(parts[1])).padStart(2)} ${parts[4]} ${parts[3]}`;
}

/** Logs of the installer and other services; a boot follows each generated shutdown. */
export function serviceLogFiles(
  has: (plant: 'install' | 'sideloaded' | 'pairing' | 'lost-shutdowns') => boolean,
  madeAtMs: number,
  zoneMinutes: number,
  life: SysdiagnoseLife,
): [string, string][] {
  const at = (days: number): string => wordy(madeAtMs - days * DAY_MS, zoneMinutes);
  const line = (days: number, text: string): string => `${at(days)} [234] <notice> (0x16b5a7000) ${text}\n`;
  const done = (days: number, id: string): string =>
    line(
      days,
      `-[MIInstaller performInstallationWithError:]: Install Successful for (Customer:${id}); Staging: 0.01s; Waiting: 0.00s`,
    );
  let installation = '';
  for (let days = 30; days > 0; days -= 5) installation += line(days - 0.001, 'main: Reboot detected');
  installation += done(20, 'com.example.listener2') + done(19, 'org.example.notes');
  installation += `${line(18, '-[MIClientConnection _install]: Install of "/var/x/a.ipa" type Customer (LSInstallType = 1) requested by appstored (pid 193 (501/501)) with {')}    key = value\n`;
  if (has('install')) installation += done(17, PLANTED_APP);
  if (life === 'tired') for (const days of [9, 8]) installation += line(days, 'main: Reboot detected');
  if (has('sideloaded') || life === 'tester') {
    installation += line(
      16,
      '-[MIClientConnection _install]: Install of "/var/mobile/Media/PublicStaging/tool.ipa" type Developer (LSInstallType = 1) requested by mobile_installation_proxy (pid 302 (501/501))',
    );
  }
  const stamp = '05/24/25 13:55:38.410307 pid=76 ';
  return [
    ['logs/MobileInstallation/mobile_installation.log.0', installation],
    [
      'logs/MobileContainerManager/containermanagerd.log.0',
      line(300, 'containermanagerd performing first boot initialization'),
    ],
    [
      'logs/MobileActivation/mobileactivationd.log.0',
      line(29, '-[MobileActivationDaemon unbrickDevice:]: Activation record accepted'),
    ],
    [
      'logs/MobileLockdown/lockdownd.log',
      `${stamp}lockstart_local: Build version: 22F76\n${pairing(stamp, 'usbmuxd', 'magnet-oxygen-desk')}${
        has('pairing') ? pairing(stamp, 'UFED-4PC', 'desk') : ''
      }`,
    ],
  ];
}

/** What lockdownd logs while a computer pairs: the person is asked, and the computer asks again. */
function pairing(stamp: string, label: string, host: string): string {
  const asked = `${stamp}handle_pair: Preparing to pair for ${label} .\n${stamp}handle_pair: Pair message: {\n    HostName = "${host}";\n}\n${stamp}mc_allow_pairing: hostMayPairWithOptions said yes with prompt\n`;
  return [
    asked,
    `${stamp}ask_user_to_trust_block_invoke: Asking the user if they want to pair.\n`,
    `${stamp}handle_pair: Pair for ${label} failed : PairingDialogResponsePending\n`,
    asked,
    `${stamp}handle_pair: Pair for ${label} succeeded .\n`,
    `${stamp}handle_get_value: ${label} attempting to get [ProductVersion]\n`,
  ].join('');
}
