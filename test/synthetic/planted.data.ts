/**
 * Traces that generators plant. Names of processes, profiles and hosts are made up; hosts lie under reserved names (RFC 2606), so that
 * nothing generated points to a real party.
 */
export const PLANTED = {
  process: 'rolexecd',
  'process-removed': '',
  permission: 'com.example.listener',
  profile: '6f1ed2a0-7c41-4d0e-9b6b-0d6a3f1c2b55',
  'file-name': 'com.apple.uninstallsettingsd.plist',
  'file-path': 'Library/Caches/com.apple.xstaging/.store/agent',
  'sms-sender': 'ops.relay@mail.example',
  'sms-link': 'parcel-desk.example',
  'sms-body-link': 'body-relay.example',
  'sms-no-handle': 'nohandle.example',
  'sms-deleted': 'deleted-row.example',
  'safari-visit': 'landing-stage.example',
  'safari-profile': 'profile-only.example',
  'chrome-visit': 'chromevisit.example',
  'whatsapp-link': 'wa-relay.example',
  'observed-host': 'bare-observed.example',
  'calendar-email': 'invite@calendar-relay.example',
  'calendar-meeting': '',
  'websql-folder': 'websql-stage.example',
  'utf16-host': 'utf16-relay.example',
  'file-host': 'plain-file-relay.example',
} as const;

export type Plant = keyof typeof PLANTED;

/** Look-alikes that every generated phone holds and that must stay silent. */
export const HEALTHY = {
  host: 'desk.example',
  sender: 'relay@mail.example',
  profile: '6f1ed2a0-7c41-4d0e-9b6b-0d6a3f1c2b56',
  messages: [
    'They say the spyware was called Pegasus and its maker NSO Group, read https://news.example.org/nso-group',
    'Try https://parcel-desk.example.com/ or https://notparcel-desk.example.org/?next=parcel-desk.example.net',
    'I had a Meeting, see Notes. My process rolexecd2 and xrolexecd never ran.',
    'Apple sends threat notifications to people who are targeted, the article says.',
  ],
  visits: [
    'https://en.wikipedia.example.org/wiki/Spyware',
    'https://landing-stage.example.com/',
    'https://stage.example/',
  ],
  processes: [
    'mDNSResponder',
    'apsd',
    'rolexecd2',
    'Rolexecd',
    'xrolexecd',
    'SpringBoard',
    'com.example.listener2',
    'timed',
    'locationd',
  ],
  paths: [
    'Library/Caches/com.apple.xstaging/.store2/agent',
    'Library/Caches/com.apple.xstaging/.store/agents',
    'Library/Preferences/com.apple.uninstallsettingsd.plist2',
  ],
} as const;
