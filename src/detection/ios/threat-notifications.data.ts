/**
 * Addresses from which Apple sends its threat notifications: the second is named on Apple's support page 102174 (August 2026), both by CERT-FR
 * (CERTFR-2025-CTI-010); the first in notifications since 2021.
 */
export const NOTIFICATION_SENDERS: ReadonlySet<string> = new Set([
  'threat-notifications@apple.com',
  'threat-notifications@email.apple.com',
]);

/**
 * How the notifications address their reader, in lower case with plain apostrophes and single blanks. Only phrases that speak to the reader: news on
 * such attacks must not match. "first": the beginning of the message itself.
 */
export const NOTIFICATION_WORDINGS: readonly {
  readonly language: string;
  readonly phrase: string;
  readonly first?: true;
}[] = [
  // As sent, 2021 and since 2023; the same two are looked for by MVT.
  { language: 'en', phrase: 'alert: state-sponsored attackers may be targeting your iphone', first: true },
  {
    language: 'en',
    phrase: 'alert: apple detected a targeted mercenary spyware attack against your iphone',
    first: true,
  },
  // Bodies of the mails of 2021, April 2024 and April 2025, as their receivers published them.
  { language: 'en', phrase: 'apple believes you are being targeted by state-sponsored attackers' },
  { language: 'en', phrase: 'apple detected that you are being targeted by a mercenary spyware attack' },
  { language: 'en', phrase: 'apple detected a targeted mercenary spyware attack against your iphone' },
  // As the press of each language quotes them; whether Apple sends these very words is not known, its address tells more.
  { language: 'es', phrase: 'apple detectó que estás siendo el blanco de un ataque de spyware mercenario' },
  { language: 'es', phrase: 'apple detectó que usted está siendo blanco de un ataque de spyware mercenario' },
  { language: 'es', phrase: 'apple ha detectado que estás siendo objetivo de un ataque' },
  { language: 'es', phrase: 'apple cree que usted está siendo objetivo de un ataque' },
  { language: 'fr', phrase: 'apple a détecté une attaque ciblée de logiciel espion mercenaire contre votre iphone' },
  { language: 'fr', phrase: "apple a détecté que vous êtes la cible d'une attaque de logiciel espion mercenaire" },
  { language: 'fr', phrase: "apple a détecté que vous étiez la cible d'une attaque de logiciels espions mercenaires" },
  { language: 'fr', phrase: "apple a détecté que vous êtes la cible d'une attaque de logiciels espions mercenaires" },
  { language: 'de', phrase: 'staatlich finanzierte hacker könnten es auf ihr iphone abgesehen haben' },
  {
    language: 'de',
    phrase: 'apple geht davon aus, dass sie von staatlich unterstützten angreifern angegriffen werden',
  },
  { language: 'de', phrase: 'apple hat festgestellt, dass sie ziel eines spyware-angriff' },
  { language: 'it', phrase: 'apple ha rilevato un attacco spyware mercenario mirato contro il tuo iphone' },
  { language: 'it', phrase: 'apple ha rilevato un attacco mirato di spyware mercenario contro il tuo iphone' },
  { language: 'pt', phrase: 'apple detectou que você está sendo alvo de um ataque de spyware mercenário' },
  { language: 'pt', phrase: 'apple detetou um ataque dirigido com spyware mercenário contra o seu iphone' },
  { language: 'pt', phrase: 'apple detetou que estás a ser alvo de um ataque de spyware' },
  { language: 'cs', phrase: 'apple zjistil, že jste terčem spywarového útoku' },
  { language: 'ro', phrase: 'apple a detectat că sunteți vizat de un atac spyware mercenar' },
];
