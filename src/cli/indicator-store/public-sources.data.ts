import type { Source } from './state.ts';

/** Public feeds that `pavise indicators add --public` configures. Nothing is fetched before `update`. */
export const PUBLIC_SOURCES: readonly Source[] = [
  {
    name: 'mvt-indicators',
    kind: 'mvt-index',
    urls: ['https://raw.githubusercontent.com/mvt-project/mvt-indicators/main/indicators.yaml'],
    hosts: [],
    // The next source has it as its authors write it, with shops told apart from control servers.
    without: ['https://raw.githubusercontent.com/AssoEchap/stalkerware-indicators/master/generated/stalkerware.stix2'],
    licence: 'as stated by each publisher: Amnesty International CC BY 2.0, mvt-indicators MIT, AssoEchap CC BY 4.0',
  },
  {
    name: 'stalkerware-indicators',
    kind: 'files',
    urls: [
      'https://raw.githubusercontent.com/AssoEchap/stalkerware-indicators/master/ioc.yaml',
      'https://raw.githubusercontent.com/AssoEchap/stalkerware-indicators/master/watchware.yaml',
      'https://raw.githubusercontent.com/AssoEchap/stalkerware-indicators/master/samples.csv',
    ],
    hosts: [],
    licence: 'AssoEchap, stalkerware-indicators, CC BY 4.0',
  },
];
