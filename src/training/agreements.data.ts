export interface AgreementText {
  readonly id: string;
  readonly version: string;
  readonly language: string;
  readonly title: string;
  readonly markdown: string;
}

/** Texts that must be signed before work files open. A released version never changes: its SHA-256 is what people signed. */
export const AGREEMENTS: readonly AgreementText[] = [
  {
    id: 'acceptable-use',
    version: '1.0',
    language: 'en',
    title: 'How we use phones for work',
    markdown: `# How we use phones for work

Version 1.0

This text says what the organisation and you promise each other about a phone that holds work.

## What you promise

1. I lock my phone with a passcode that nobody else knows.
2. I install system updates within a week, and at once when I am asked to.
3. I open work files only in the places that the organisation provides, and I pass them on only to people who may have them.
4. If my phone is lost, stolen, taken from me at a border, or behaves strangely, I say so the same day. Nobody will blame me for it.
5. If somebody finds a trace of spyware, I leave the phone as it is until the security team has answered.

## What the organisation promises

1. It sees the system version, whether a passcode is set, whether storage is encrypted, and similar facts. The page "Privacy" lists every one of them with its present value.
2. It does not read messages, photos, contacts or places, and does not listen.
3. Whoever looks at the facts of your phone is written down, and you can read who it was.
4. It erases a phone only after a person has decided so and you were told, unless the phone was reported lost.

## When it ends

This holds until you leave, or until a newer version is signed.
`,
  },
];
