import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { artefactName } from '../../detection/report/index.ts';
import type { DeviceDetail } from '../../devices/api.ts';
import type { PrivacyReply } from '../../privacy/api.ts';
import { api, Loaded, PrivacyView } from '../../ui/index.ts';
import css from '../console.module.css';
import { text } from '../text.ts';

/** The owner's privacy page of one device; that somebody looked stands on it afterwards. */
export function OwnerSees() {
  const { id }: { id: string } = useParams({ from: '/shell/devices/$id/privacy' });
  const device = useQuery({ queryKey: ['device', id], queryFn: () => api<DeviceDetail>(`devices/${id}`) });
  const privacy = useQuery({
    queryKey: ['device-privacy', id],
    queryFn: () => api<PrivacyReply>(`devices/${id}/privacy`),
  });
  return (
    <div className={css.page}>
      <header className={css.section}>
        <Link to="/devices/$id" params={{ id }} className={css.small}>
          {device.data?.name ?? text.devices.title}
        </Link>
        <h1>{text.device.sees}</h1>
        <p className={css.lead}>{text.privacy.lead(device.data?.person.displayName ?? '')}</p>
      </header>
      <Loaded query={privacy}>
        {(data) => (
          <PrivacyView
            privacy={data}
            nameOf={() => device.data?.name ?? ''}
            artefactName={artefactName}
            text={text.privacy}
          />
        )}
      </Loaded>
    </div>
  );
}
