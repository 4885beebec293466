import { useQuery } from '@tanstack/react-query';
import { EyeOff } from 'lucide-react';
import type { PrivacyReply } from '../../access/api.ts';
import { age, api, Loaded, moment, plain, words } from '../../ui/index.ts';
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
        {({ devices, cannotSee, views }) => (
          <>
            <div className={css.columns}>
              <section className={css.section}>
                <h2>{text.privacy.can}</h2>
                {devices.every(({ facts }) => facts.length === 0) ? (
                  <p className={css.lead}>{text.privacy.none}</p>
                ) : null}
                {devices.map((device) => (
                  <div key={device.deviceId} className={css.section}>
                    <h3>{nameOf(device.deviceId)}</h3>
                    <dl className={css.facts}>
                      {device.facts.map((fact) => (
                        <div key={fact.name}>
                          <dt>
                            {words(fact.name)} · <span title={moment(fact.observedAtMs)}>{age(fact.observedAtMs)}</span>
                          </dt>
                          <dd>{plain(fact.value)}</dd>
                        </div>
                      ))}
                    </dl>
                  </div>
                ))}
              </section>
              <section className={css.section}>
                <h2>{text.privacy.cannot}</h2>
                <ul className={css.cannot}>
                  {cannotSee.map((what) => (
                    <li key={what}>
                      <EyeOff size={18} aria-hidden="true" />
                      {what}
                    </li>
                  ))}
                </ul>
              </section>
            </div>
            <section className={css.section}>
              <h2>{text.privacy.looked}</h2>
              {views.length === 0 ? (
                <p className={css.lead}>{text.privacy.nobody}</p>
              ) : (
                <ul className={css.list}>
                  {views.map((view) => (
                    <li key={`${view.viewer}${view.what}${view.atMs}`} className={css.item}>
                      <span className={css.itemText}>
                        <strong>{view.viewer}</strong>
                        <span>{view.what}</span>
                      </span>
                      <time className={css.small}>{moment(view.atMs)}</time>
                    </li>
                  ))}
                </ul>
              )}
            </section>
          </>
        )}
      </Loaded>
    </div>
  );
}
