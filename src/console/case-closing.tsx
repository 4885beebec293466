import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { CaseDetail } from '../findings/api.ts';
import { api, Button, Field, kit, moment, Problem, useAction, useMe } from '../ui/index.ts';
import css from './console.module.css';
import { caseText } from './text-cases.ts';

interface CaseClosingProps {
  readonly detail: CaseDetail;
  readonly mayWork: boolean;
  readonly name: (personId: string | null) => string;
}

/** How a case ends: laid aside, proposed by one person, signed off by another. */
export function CaseClosing({ detail, mayWork, name }: CaseClosingProps) {
  const { case: item } = detail;
  const proposed = item.proposedAtMs !== null && item.conclusion !== null;
  if (item.status === 'closed') {
    return (
      <section className={css.section}>
        <h2>{caseText.concluded}</h2>
        <p className={css.lead}>{item.conclusion}</p>
      </section>
    );
  }
  return (
    <section className={css.section}>
      <h2>{caseText.close}</h2>
      <p className={css.lead}>{mayWork || detail.ownPhone ? caseText.closeText : caseText.mayNot}</p>
      {proposed ? (
        <>
          <p>{caseText.proposal(name(item.proposedBy), moment(item.proposedAtMs))}</p>
          <blockquote className={css.lead}>{item.conclusion}</blockquote>
        </>
      ) : null}
      {mayWork ? <Steps detail={detail} proposed={proposed} /> : null}
    </section>
  );
}

function Steps({ detail, proposed }: { readonly detail: CaseDetail; readonly proposed: boolean }) {
  const { id, status, proposedBy, proposedAtMs } = detail.case;
  const [conclusion, setConclusion] = useState('');
  const me = useMe().data?.id;
  const queries = useQueryClient();
  const post = async (what: string, body: object): Promise<void> => {
    await api(`cases/${id}/${what}`, { body });
    await queries.invalidateQueries();
  };
  const next = status === 'in-work' ? 'waiting' : 'in-work';
  const move = useAction(() => post('status', { status: next }));
  const propose = useAction(() => post('closing', { conclusion }));
  const sign = useAction(() => post('sign-off', { proposedAtMs }));
  const moveButton = (
    <Button onPress={move.run} busy={move.busy}>
      {proposed || status === 'waiting' ? caseText.again : caseText.move[next]}
    </Button>
  );
  if (proposed) {
    const mine = proposedBy === me;
    return (
      <>
        {mine ? <p className={css.lead}>{caseText.signOther}</p> : null}
        <Problem error={sign.error ?? move.error} />
        <div className={kit.row}>
          {mine ? null : (
            <Button kind="primary" onPress={sign.run} busy={sign.busy}>
              {caseText.sign}
            </Button>
          )}
          {moveButton}
        </div>
      </>
    );
  }
  return (
    <>
      <Field
        label={caseText.conclusion}
        hint={caseText.conclusionHint}
        value={conclusion}
        onChange={setConclusion}
        lines
      />
      <Problem error={propose.error ?? move.error} />
      <div className={kit.row}>
        <Button kind="primary" onPress={propose.run} busy={propose.busy} disabled={conclusion.trim().length < 10}>
          {caseText.propose}
        </Button>
        {moveButton}
      </div>
    </>
  );
}
