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
  'sms-run-deleted': 'deleted-run.example',
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
  'sms-edited': 'edited-away.example',
  'sms-preview': 'preview-relay.example',
  'sms-recently-deleted': 'recently-deleted.example',
  'sms-deleted-part': 'deleted-part.example',
  'attachment-tmp': '',
  'attachment-path': 'Library/SMS/Attachments/c4/04/C4E1/payload.gif',
  'threat-notification': '',
  'threat-notification-looked-up': '',
  'threat-notification-remembered': '',
  'whatsapp-media': 'wa-media.example',
  'whatsapp-preview': 'wa-preview.example',
  'whatsapp-deleted': 'wa-deleted.example',
  'safari-wal': 'log-only.example',
  'injected-redirect': '',
  'safari-tab': 'open-tab.example',
  'tab-session': 'tab-session.example',
  'saved-tab': 'saved-tab.example',
  'closed-tab': 'closed-tab.example',
  'session-log-host': 'session-log.example',
  'session-log-redirect': 'session-redirect.example',
  'chrome-icon': 'chrome-icon.example',
  'firefox-visit': 'firefox-visit.example',
  'firefox-icon': 'firefox-icon.example',
  'calendar-participant': 'guest@participant-relay.example',
  'calendar-link': 'calendar-link.example',
  'shortcut-link': 'shortcut-relay.example',
  'analytics-process': 'statrelayd',
  'implant-process': '',
  'location-client': 'placerelayd',
  'ids-lookup': 'lookup@ids-relay.example',
  'ids-bytes': '',
  app: 'com.example.relayapp',
  'app-sideloaded': '',
  'profile-signed': '6f1ed2a0-7c41-4d0e-9b6b-0d6a3f1c2b57',
  'profile-server': 'profile-server.example',
  'profile-notifications': '',
  'profile-event': '6f1ed2a0-7c41-4d0e-9b6b-0d6a3f1c2b58',
  triangulation: '',
  'lockdown-off': '',
} as const;

export type Plant = keyof typeof PLANTED;

/** From where Apple sends its threat notifications. */
export const APPLE_NOTIFIES = 'threat-notifications@email.apple.com';

/** Look-alikes that every generated phone holds and that must stay silent. */
export const HEALTHY = {
  host: 'desk.example',
  sender: 'relay@mail.example',
  appleSender: 'no_reply@email.apple.com',
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

/** What somebody says and opens who follows the news on spyware: hosts of indicators, but none that was reached. */
export const READER = {
  messages: [
    'ALERT: Apple detected a targeted mercenary spyware attack against your iPhone. This is what I got, and you?',
    'The report lists parcel-desk[.]example and hxxps://landing-stage[.]example/p as servers of Pegasus',
    'Look it up: https://lookup.example.org/gui/domain/parcel-desk.example',
    'Pegasus ran as rolexecd from /private/var/db/com.apple.xpc.roleaccountd.staging, says the lab',
  ],
  visits: [
    'https://search.example.org/search?q=parcel-desk.example+pegasus',
    'https://lookup.example.org/gui/domain/landing-stage.example',
    'https://lab.example.org/reports/pegasus-landing-stage.example-explained',
  ],
} as const;

/** Pages before which networks of hotels and trains put their own. */
export const CAPTIVE = [
  ['http://captive.example.com/hotspot-detect.html', 'https://login.hotel-wifi.example.net/welcome'],
  ['http://captive.example.com/', 'https://portal.train.example.org:8443/start'],
] as const;
