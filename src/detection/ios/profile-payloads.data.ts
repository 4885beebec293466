import type { Finding } from '../finding.ts';

/** Payload types with which a profile changes whom the phone trusts or talks to. Source: Apple, device-management schema. */
export const PAYLOADS_THAT_MATTER: ReadonlyMap<
  string,
  {
    readonly level: Finding['level'];
    readonly verdict: 'unusual' | 'weakness';
    readonly says: string;
    /** Leads what the phone sends through others, so that with a certificate of its own a profile can read it. */
    readonly leads?: true;
  }
> = new Map([
  [
    'com.apple.notificationsettings',
    { level: 'medium', verdict: 'unusual', says: 'sets which notifications are shown, and so can hide them' },
  ],
  [
    'com.apple.security.root',
    { level: 'medium', verdict: 'weakness', says: 'adds a certificate that the phone trusts' },
  ],
  ['com.apple.security.pem', { level: 'low', verdict: 'weakness', says: 'adds a certificate' }],
  [
    'com.apple.security.certificatetransparency',
    { level: 'medium', verdict: 'unusual', says: 'turns off the public check of certificates' },
  ],
  ['com.apple.mdm', { level: 'low', verdict: 'weakness', says: 'puts the phone under the management of a server' }],
  [
    'com.apple.proxy.http.global',
    { level: 'medium', verdict: 'unusual', says: 'leads all web traffic through a server', leads: true },
  ],
  [
    'com.apple.webcontent-filter',
    { level: 'low', verdict: 'weakness', says: 'lets a filter see all web traffic', leads: true },
  ],
  [
    'com.apple.dnsSettings.managed',
    { level: 'low', verdict: 'weakness', says: 'sends all look-ups of names to a server', leads: true },
  ],
  [
    'com.apple.dnsProxy.managed',
    { level: 'low', verdict: 'weakness', says: 'lets an app see all look-ups of names', leads: true },
  ],
  [
    'com.apple.relay.managed',
    { level: 'low', verdict: 'weakness', says: 'leads traffic through a relay', leads: true },
  ],
  ['com.apple.vpn.managed', { level: 'low', verdict: 'weakness', says: 'leads traffic through a VPN', leads: true }],
  [
    'com.apple.vpn.managed.applayer',
    { level: 'low', verdict: 'weakness', says: 'leads the traffic of some apps through a VPN', leads: true },
  ],
  [
    'com.apple.apn.managed',
    { level: 'low', verdict: 'weakness', says: 'changes the way into the mobile network', leads: true },
  ],
  [
    'com.apple.cellular',
    { level: 'low', verdict: 'weakness', says: 'changes the way into the mobile network', leads: true },
  ],
]);

/** Types that add a certificate which the phone then trusts. */
export const CERTIFICATE_PAYLOADS: ReadonlySet<string> = new Set(['com.apple.security.root', 'com.apple.security.pem']);
