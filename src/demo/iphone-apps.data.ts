/** An app as InstalledApplicationList reports it. */
export interface PhoneApp {
  readonly identifier: string;
  readonly name: string;
  readonly shortVersion: string;
  readonly sizeBytes: number;
}

const app = (identifier: string, name: string, shortVersion: string, megabytes: number): PhoneApp => ({
  identifier,
  name,
  shortVersion,
  sizeBytes: megabytes * 1_000_000,
});

/** What most phones carry; the list of a phone is a slice of it that depends on its number. */
export const COMMON_APPS: readonly PhoneApp[] = [
  app('org.whispersystems.signal', 'Signal', '7.82', 214),
  app('net.whatsapp.WhatsApp', 'WhatsApp', '26.20.74', 251),
  app('com.google.Maps', 'Google Maps', '26.21.1', 268),
  app('org.mozilla.ios.Firefox', 'Firefox', '143.0', 112),
  app('ch.protonmail.protonmail', 'Proton Mail', '7.8.2', 143),
  app('com.microsoft.Office.Outlook', 'Outlook', '5.2620.0', 391),
  app('com.tinyspeck.chatlyio', 'Slack', '26.06.10', 247),
  app('us.zoom.videomeetings', 'Zoom Workplace', '6.6.5', 262),
  app('org.torproject.onionbrowser', 'Onion Browser', '3.3.4', 96),
  app('com.burbn.instagram', 'Instagram', '388.0.0', 304),
  app('com.spotify.client', 'Spotify', '9.1.20', 178),
  app('org.wikimedia.wikipedia', 'Wikipedia', '7.8.3', 71),
  app('de.deutschebahn.dbnavigator', 'DB Navigator', '26.6.0', 118),
  app('com.toyopagroup.picaboo', 'Snapchat', '13.50.0', 322),
];
