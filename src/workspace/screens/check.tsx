import { CheckPhone } from '../check/check-phone.tsx';
import { Send } from '../check/send.tsx';
import { text } from '../check/text.ts';
import { Warned } from '../check/warned.tsx';
import css from '../workspace.module.css';

export function CheckScreen() {
  return (
    <div className={css.page}>
      <header className={css.section}>
        <h1>{text.title}</h1>
        <p className={css.lead}>{text.lead}</p>
      </header>
      <CheckPhone after={(result) => <Send result={result} />} />
      <Warned />
    </div>
  );
}
