import type { ArtefactModule } from '../evidence.ts';
import { type IosFiles, type PhoneFile, pathOf } from './files.ts';

/** The file list's own rows: each file's path, and the web sites that WebKit names folders after ("WebSQL/https_www.example.org_0"). */
export const manifest: ArtefactModule<IosFiles, PhoneFile> = {
  artefact: 'manifest',
  async read(source, emit) {
    for (const file of source.files) {
      const { relativePath, absolutePath, id } = file;
      const common = { artefact: 'manifest', path: 'Manifest.db', locator: `file ${id}`, atMs: undefined } as const;
      const value = absolutePath ?? pathOf(file);
      emit.record(file);
      emit.sighting({ kind: 'path', value, relativePath, evidence: 'present', ...common });
      const site = /(?:^|\/)https?_([^/]+?)_\d+(?:$|[./])/.exec(relativePath)?.[1];
      if (site !== undefined) emit.sighting({ kind: 'host', value: site, evidence: 'visited', ...common });
    }
    return [];
  },
};
