import { useQuery, useQueryClient } from '@tanstack/react-query';
import { KeyRound } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import type { SignInMethods } from '../people/api.ts';
import { signIn } from './account.ts';
import { Button, Problem } from './controls.tsx';
import { api } from './fetcher.ts';
import css from './kit.module.css';
import { Mark } from './mark.tsx';

/** The quiet page around sign-in, setup, joining and enrolment. */
export function Gate({
  title,
  lead,
  children,
}: {
  readonly title: string;
  readonly lead: string;
  readonly children: ReactNode;
}) {
  return (
    <main className={css.gate}>
      <div className={css.gateBox}>
        <span className={css.gateMark}>
          <Mark size={36} />
        </span>
        <div>
          <h1>{title}</h1>
          <p>{lead}</p>
        </div>
        {children}
      </div>
    </main>
  );
}

interface SignInText {
  readonly title: string;
  readonly lead: string;
  readonly action: string;
  readonly busy: string;
  readonly oidc: (name: string) => string;
  readonly setupNeeded: string;
}

/** @param children what stands above the ways to sign in */
export function SignIn({ text, children }: { readonly text: SignInText; readonly children?: ReactNode }) {
  return (
    <Gate title={text.title} lead={text.lead}>
      {children}
      <WaysToSignIn text={text} />
    </Gate>
  );
}

/** The buttons alone, for a page that has more to say. */
export function WaysToSignIn({ text }: { readonly text: SignInText }) {
  const queries = useQueryClient();
  const methods = useQuery({
    queryKey: ['sign-in-methods'],
    queryFn: () => api<SignInMethods>('sign-in/methods'),
    retry: false,
  });
  const { run, busy, error } = useAction(async () => {
    await signIn();
    await queries.resetQueries();
  });
  return (
    <>
      {methods.data?.setupNeeded ? <p>{text.setupNeeded}</p> : null}
      <Problem error={error} />
      <Button kind="primary" large onPress={run} busy={busy}>
        <KeyRound size={18} aria-hidden="true" />
        {busy ? text.busy : text.action}
      </Button>
      {methods.data?.oidc ? (
        <a className={css.button} href="/api/v1/sign-in/oidc">
          {text.oidc(methods.data.oidc.name)}
        </a>
      ) : null}
    </>
  );
}

interface Action {
  readonly run: () => void;
  readonly busy: boolean;
  readonly error: unknown;
}

/** Runs something that the person asked for and keeps whether it runs and how it failed. */
export function useAction(work: () => Promise<void>): Action {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const run = (): void => {
    if (busy) return; // Enter in a field submits a form although its button waits
    setBusy(true);
    setError(null);
    work().then(
      () => setBusy(false),
      (reason: unknown) => {
        setError(reason);
        setBusy(false);
      },
    );
  };
  return { run, busy, error };
}
