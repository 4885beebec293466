import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { KeyRound } from 'lucide-react';
import { Button, finishJoin, Gate, Loaded, Problem, readInvitation, useAction } from '../../ui/index.ts';
import { text } from '../text.ts';

/** From an invitation to a passkey, in one press. */
export function Join() {
  const { token }: { token: string } = useSearch({ from: '/join' });
  const invitation = useQuery({
    queryKey: ['invitation', token],
    queryFn: () => readInvitation(token),
    enabled: token !== '',
    // The reply starts a ceremony with a challenge: asking again by itself would void it.
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
    refetchOnWindowFocus: false,
  });
  const queries = useQueryClient();
  const navigate = useNavigate();
  const { run, busy, error } = useAction(async () => {
    // Each press gets a fresh challenge, so that a second try after a cancelled one works.
    await finishJoin(await readInvitation(token));
    await queries.resetQueries({ queryKey: ['me'] });
    await navigate({ to: '/' });
  });
  const words = invitation.data?.recovery === true ? text.join.recovery : text.join;
  if (token === '') {
    return (
      <Gate title={text.join.loadingTitle} lead={text.join.missing}>
        {null}
      </Gate>
    );
  }
  return (
    <Gate
      title={invitation.data ? words.title(invitation.data.displayName) : text.join.loadingTitle}
      lead={invitation.data ? words.lead(invitation.data.email) : ''}
    >
      <Loaded query={invitation}>
        {() => (
          <>
            <Problem error={error} />
            <Button kind="primary" large onPress={run} busy={busy}>
              <KeyRound size={18} aria-hidden="true" />
              {busy ? text.join.busy : text.join.action}
            </Button>
          </>
        )}
      </Loaded>
    </Gate>
  );
}
