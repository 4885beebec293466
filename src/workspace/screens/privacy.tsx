import { useQuery } from '@tanstack/react-query';
import { artefactName } from '../../detection/report/index.ts';
import type { PrivacyReply } from '../../privacy/api.ts';
import { api, Loaded, PrivacyView } from '../../ui/index.ts';
import { useMyDeviceNames } from '../my-devices.ts';
import { text } from '../text.ts';
import css from '../workspace.module.css';

export function Privacy() {
  const privacy = useQuery({ queryKey: ['my-privacy'], queryFn: () => api<PrivacyReply>('me/privacy') });
  const nameOf = useMyDeviceNames();
  return (
    <div className={css.page}>
      <header className={css.section}>
        <h1>{text.privacy.title}</h1>
        <p className={css.lead}>{text.privacy.lead}</p>
      </header>
      <Loaded query={privacy}>
        {(data) => <PrivacyView privacy={data} nameOf={nameOf} artefactName={artefactName} text={text.privacy} />}
      </Loaded>
    </div>
  );
}
