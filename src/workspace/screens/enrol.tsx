import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { toBase64Url, utf8Bytes } from '../../base/index.ts';
import type { AndroidEnrolmentReply, BindReply, OpenReply } from '../../devices/api.ts';
import {
  api,
  Button,
  createDeviceKey,
  cx,
  Gate,
  kit,
  Loaded,
  moment,
  Problem,
  Skeleton,
  State,
  saveDeviceKey,
  useAction,
  useMe,
  WaysToSignIn,
} from '../../ui/index.ts';
import { QrCode } from '../qr-code.tsx';
import { text } from '../text.ts';

const CHECK_AGAIN_MS = 5000;

/** Makes this browser the one of the enrolled phone: a key that cannot leave it, bound by the enrolment's one-time challenge. */
export function Enrol() {
  const { token }: { token: string } = useSearch({ from: '/enrol' });
  const enrolment = useQuery({
    queryKey: ['enrolment', token],
    queryFn: () => api<OpenReply>('enrolments/open', { body: { token } }),
    // Each reply holds a challenge that the next one voids.
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
    // The phone installs its profile in its settings: when its owner comes back here, the second step is there.
    refetchInterval: (query) => (query.state.data?.profileWaits ? CHECK_AGAIN_MS : false),
  });
  return (
    <Gate title={text.enrol.title} lead={text.enrol.lead}>
      <Loaded query={enrolment}>
        {({ platform, personName, profileWaits, profileUrl }) => (
          <>
            {platform === 'apple' ? (
              <section className={kit.stack}>
                <h2>{text.enrol.profileTitle}</h2>
                {profileWaits ? (
                  <>
                    <p>{text.enrol.profileText}</p>
                    <a className={cx(kit.button, kit.large)} href={profileUrl}>
                      {text.enrol.profileAction}
                    </a>
                  </>
                ) : (
                  <div>
                    <State kind="fine">{text.enrol.profileDone}</State>
                  </div>
                )}
              </section>
            ) : (
              <AndroidStep token={token} waits={profileWaits} onCheck={() => void enrolment.refetch()} />
            )}
            <section className={kit.stack}>
              <h2>{text.enrol.bindTitle}</h2>
              {profileWaits ? (
                <div>
                  <State kind="waiting">{text.enrol.bindWaits}</State>
                </div>
              ) : (
                <BrowserStep token={token} personName={personName} />
              )}
            </section>
          </>
        )}
      </Loaded>
    </Gate>
  );
}

/** The browser of an enrolled phone belongs to the person who signs in there, and to nobody else's phone. */
function BrowserStep({ token, personName }: { readonly token: string; readonly personName: string }) {
  const me = useMe();
  const [done, setDone] = useState(false);
  const queries = useQueryClient();
  const { run, busy, error } = useAction(async () => {
    await bindThisBrowser(token);
    queries.removeQueries({ queryKey: ['my-access'] }); // of a browser that was not connected
    setDone(true);
  });
  if (me.data === undefined) return me.error ? <Problem error={me.error} /> : <Skeleton lines={2} />;
  if (me.data === null) {
    return (
      <>
        <p>{text.enrol.signInFirst(personName)}</p>
        <WaysToSignIn text={text.signIn} />
      </>
    );
  }
  if (me.data.displayName !== personName)
    return <p role="alert">{text.enrol.other(me.data.displayName, personName)}</p>;
  if (done) {
    return (
      <div role="status" className={kit.stack}>
        <div>
          <State kind="fine">{text.enrol.done}</State>
        </div>
        <p>{text.enrol.doneText}</p>
        <a className={cx(kit.button, kit.primary, kit.large)} href="#/">
          {text.enrol.toWorkspace}
        </a>
      </div>
    );
  }
  return (
    <>
      <p>{text.enrol.bindText}</p>
      <Problem error={error} />
      <Button kind="primary" large onPress={run} busy={busy}>
        {busy ? text.enrol.busy : text.enrol.bindAction}
      </Button>
    </>
  );
}

interface AndroidStepProps {
  readonly token: string;
  readonly waits: boolean;
  readonly onCheck: () => void;
}

/** A token of the Android Management API, made when it is asked for: as a link for this phone, as a code for another. */
function AndroidStep({ token, waits, onCheck }: AndroidStepProps) {
  const [code, setCode] = useState<AndroidEnrolmentReply | null>(null);
  const { run, busy, error } = useAction(async () => {
    setCode(await api<AndroidEnrolmentReply>('enrolments/android', { body: { token } }));
  });
  return (
    <section className={kit.stack}>
      <h2>{text.enrol.androidTitle}</h2>
      {waits ? <p>{text.enrol.androidText}</p> : null}
      <Problem error={error} />
      {!waits ? (
        <div>
          <State kind="fine">{text.enrol.androidDone}</State>
        </div>
      ) : code === null ? (
        <Button large onPress={run} busy={busy}>
          {text.enrol.androidAction}
        </Button>
      ) : (
        <>
          <a className={cx(kit.button, kit.large)} href={code.url} target="_blank" rel="noreferrer">
            {text.enrol.androidOpen}
          </a>
          <h3>{text.enrol.androidScan}</h3>
          <p>{text.enrol.androidScanText}</p>
          <QrCode text={code.qrCode} label={text.enrol.androidQr} />
          <p className={kit.hint}>
            {text.enrol.androidUntil(moment(code.expiresAtMs))} {text.enrol.androidWait}
          </p>
          <Button onPress={onCheck}>{text.enrol.androidCheck}</Button>
        </>
      )}
    </section>
  );
}

async function bindThisBrowser(token: string): Promise<void> {
  // A fresh challenge for each try: a failed one is used up.
  const { challenge } = await api<OpenReply>('enrolments/open', { body: { token } });
  const key = await createDeviceKey();
  const message = new Uint8Array(utf8Bytes(`pavise-bind:${challenge}`));
  const signature = new Uint8Array(
    await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, key.privateKey, message),
  );
  const { kty, crv, x, y } = await crypto.subtle.exportKey('jwk', key.publicKey);
  const body = { challenge, publicJwk: { kty, crv, x, y }, signature: toBase64Url(signature) };
  await api<BindReply>('enrolments/bind', { body });
  await saveDeviceKey(key);
}
