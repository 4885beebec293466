import type { RefusalItem } from '../devices/api.ts';

/** What was the matter and what to do, by the code of a refusal: for whoever runs the server, and for the owner of the phone. */
const WHY: Readonly<Record<string, string>> = {
  'device-android-form': 'Google reported it in a form that is not known here. An update of this server may be needed.',
  'device-android-refused':
    'Google refused to change it. It may have been removed there, or its policy holds what Google does not take.',
  'device-android-report': 'What it reported cannot be kept. It is taken over once it reports otherwise.',
  'device-body': 'The message could not be read. Restart the phone; if it stays, invite it anew.',
  'device-certificate-expired': 'Its certificate has run out. Release the phone and invite it anew.',
  'device-certificate-foreign':
    'The certificate was not given out by this server. It may be a phone of another server, or one that was enrolled before this server was set up anew: invite it.',
  'device-certificate-retired': 'It spoke by a certificate that a newer one replaced, or whose enrolment has ended.',
  'device-certificate-reuse': 'The invitation is used by another phone. Make a new link for this one.',
  'device-challenge': 'The profile was used before or is too old. Open the link again and install the profile anew.',
  'device-check-in-size': 'The message was larger than any phone sends.',
  'device-check-ins': 'It reported more often than a phone does. It is heard again within the hour.',
  'device-enrolment-limit': 'Too much was tried in one minute. Try again in a minute.',
  'device-has-left': 'This enrolment has ended. Invite the phone anew if it belongs here.',
  'device-identity': 'The message did not say which phone it is from.',
  'device-invitation': 'The link is unknown, used or too old. Make a new one.',
  'device-message-type': 'It sent a kind of message that is not known here.',
  'device-not-authenticated': 'It did not introduce itself first. Invite it anew.',
  'device-not-pinned': 'It named itself as another phone than the one its certificate belongs to. Invite it anew.',
  'device-of-another-person': 'This phone is enrolled for somebody else. Release it there if it changed hands.',
  'device-replay':
    'It sent what it had sent before. If the phone was reset, invite it anew; otherwise somebody may have recorded its messages.',
  'device-scep-operation': 'It asked for something that is not known here.',
  'device-scep-type': 'It asked for something else than a certificate.',
  'device-signature':
    'The signature does not fit the message. It may have been changed on its way, by a proxy that reads along for example.',
  'device-signature-missing': 'Nobody signed the message. Phones sign theirs; this was probably no phone.',
  'device-signing-time':
    'The clock of the phone is off by more than a day. Set date and time to automatic on the phone. If they are right, somebody may have recorded its messages.',
  'device-user-channel': 'A user of the phone asked for what only the phone itself may.',
  'disk-full': 'The disk of the server was full.',
  'sender-busy': 'The phone sent too much at once.',
  'server-busy': 'Too much was sent to the server at once. The phone tries again by itself.',
  'storage-secret': 'What was kept for it could not be decrypted: the root key of the server is another one.',
  'too-large': 'The message was larger than the server takes.',
};

/** The same for the owner of the phone, where she can do something herself. */
const OWN: Readonly<Record<string, string>> = {
  'device-body': 'Restart the phone. If this stays, tell your administrator.',
  'device-check-ins':
    'It reported more often than phones do, and is heard again within the hour. Nothing is to be done.',
  'device-check-in-size': 'It sent more than phones do. If this stays, tell your administrator.',
  'device-replay': 'It sent what it had sent before. If you did not reset it, tell your administrator today.',
  'device-signing-time':
    'Its clock is off by more than a day. Open Settings, General, Date & Time, and turn on “Set Automatically”.',
  'disk-full': 'The server had no room. The phone tries again by itself.',
  'sender-busy': 'It sent too much at once, and tries again by itself.',
  'server-busy': 'Too much was sent to the server at once. The phone tries again by itself.',
};

const PLACES: Readonly<Record<RefusalItem['place'], string>> = {
  'this-machine': 'from the server itself or its proxy',
  'private-network': 'from a private network',
  internet: 'from the internet',
  gateway: 'in a report that came by Google',
};

/** Why messages of a phone were refused, in words. */
export function refusalWords({ code, why }: Pick<RefusalItem, 'code' | 'why'>): string {
  return WHY[code] ?? why;
}

/** The same for the owner of the phone: what she can do, else who can, in whose words. */
export function ownRefusalWords(refusal: Pick<RefusalItem, 'code' | 'why'>): string {
  return OWN[refusal.code] ?? `Show this to your administrator: ${refusalWords(refusal)}`;
}

/** Where they came from, as it ends a sentence. */
export function placeWords(place: RefusalItem['place']): string {
  return PLACES[place];
}
