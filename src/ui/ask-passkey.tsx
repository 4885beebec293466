import { KeyRound } from 'lucide-react';
import { useEffect, useState } from 'react';
import { confirmWithPasskey } from './account.ts';
import { Button, Problem } from './controls.tsx';
import { cx } from './cx.ts';
import { answerNotFresh } from './fetcher.ts';
import { useAction } from './gate.tsx';
import css from './kit.module.css';
import { Dialog } from './overlay.tsx';

export interface AskPasskeyText {
  readonly title: string;
  readonly lead: string;
  readonly action: string;
  readonly busy: string;
  readonly cancel: string;
}

/**
 * Asks for the passkey where the server wants a recent use of it, over whatever is on the screen; what was asked for is then sent again,
 * and nothing that was typed is lost. Several calls that wait share one question.
 */
export function AskPasskey({ text }: { readonly text: AskPasskeyText }) {
  const [answer, setAnswer] = useState<((confirmed: boolean) => void) | null>(null);
  useEffect(() => {
    let asked: Promise<boolean> | undefined;
    return answerNotFresh(() => {
      asked ??= new Promise<boolean>((resolve) => setAnswer(() => resolve)).finally(() => {
        asked = undefined;
        setAnswer(null);
      });
      return asked;
    });
  }, []);
  return (
    <Dialog title={text.title} open={answer !== null} onClose={() => answer?.(false)}>
      <Question text={text} onAnswer={(confirmed) => answer?.(confirmed)} />
    </Dialog>
  );
}

function Question({
  text,
  onAnswer,
}: {
  readonly text: AskPasskeyText;
  readonly onAnswer: (confirmed: boolean) => void;
}) {
  // By a press: some browsers take no passkey without one.
  const { run, busy, error } = useAction(async () => {
    await confirmWithPasskey();
    onAnswer(true);
  });
  return (
    <>
      <p>{text.lead}</p>
      <Problem error={error} />
      <div className={cx(css.row, css.end)}>
        <Button onPress={() => onAnswer(false)}>{text.cancel}</Button>
        <Button kind="primary" onPress={run} busy={busy}>
          <KeyRound size={16} aria-hidden="true" />
          {busy ? text.busy : text.action}
        </Button>
      </div>
    </>
  );
}
