import { CircleAlert, CircleCheck, CircleHelp, Hourglass, OctagonX } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button as AriaButton, Input, Label, Text, TextArea, TextField } from 'react-aria-components';
import { cx } from './cx.ts';
import { ApiError, sentenceOf } from './fetcher.ts';
import css from './kit.module.css';

interface ButtonProps {
  readonly children: ReactNode;
  readonly onPress?: () => void;
  readonly kind?: 'plain' | 'primary' | 'danger' | 'quiet';
  readonly large?: boolean;
  readonly disabled?: boolean;
  readonly busy?: boolean;
  readonly submit?: boolean;
  readonly label?: string;
}

export function Button({ children, onPress, kind = 'plain', large, disabled, busy, submit, label }: ButtonProps) {
  return (
    <AriaButton
      className={cx(css.button, kind !== 'plain' && css[kind], large && css.large)}
      isDisabled={Boolean(disabled)}
      // Only called disabled while it works: one that is disabled under the finger loses the keyboard's place on the page.
      aria-disabled={Boolean(busy)}
      type={submit && !busy ? 'submit' : 'button'}
      {...(onPress && !busy ? { onPress } : {})}
      {...(label ? { 'aria-label': label } : {})}
    >
      {children}
    </AriaButton>
  );
}

interface FieldProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly hint?: string;
  readonly type?: 'text' | 'password' | 'email' | 'search' | 'date' | 'number';
  readonly lines?: boolean;
  readonly required?: boolean;
}

export function Field({ label, value, onChange, hint, type = 'text', lines, required }: FieldProps) {
  return (
    <TextField className={cx(css.field)} value={value} onChange={onChange} type={type} isRequired={Boolean(required)}>
      <Label className={cx(css.label)}>{label}</Label>
      {lines ? <TextArea className={cx(css.input)} /> : <Input className={cx(css.input)} />}
      {hint ? (
        <Text slot="description" className={cx(css.hint)}>
          {hint}
        </Text>
      ) : null}
    </TextField>
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly options: readonly (readonly [value: string, text: string])[];
  readonly hideLabel?: boolean;
}

/** The browser's own select: on a phone it opens the system's picker. */
export function Choice({ label, value, onChange, options, hideLabel }: ChoiceProps) {
  return (
    <label className={css.field}>
      <span className={hideLabel ? css.srOnly : css.label}>{label}</span>
      <select className={css.input} value={value} onChange={(event) => onChange(event.target.value)}>
        {options.map(([key, text]) => (
          <option key={key} value={key}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}

export type StateKind = 'fine' | 'attention' | 'blocked' | 'unknown' | 'waiting';
const STATE_ICON = {
  fine: CircleCheck,
  attention: CircleAlert,
  blocked: OctagonX,
  unknown: CircleHelp,
  waiting: Hourglass,
};

/** A state is always icon, word and colour together. */
export function State({ kind, children }: { readonly kind: StateKind; readonly children: ReactNode }) {
  const Icon = STATE_ICON[kind];
  return (
    <span className={cx(css.state, css[kind])}>
      <Icon size={14} aria-hidden="true" />
      {children}
    </span>
  );
}

/** What went wrong, in the server's own sentence. */
export function Problem({ error }: { readonly error: unknown }) {
  if (error === null || error === undefined) return null;
  return (
    <div className={css.problem} role="alert">
      <CircleAlert size={18} aria-hidden="true" />
      <p>{error instanceof ApiError ? error.message : sentenceOf(error)}</p>
    </div>
  );
}

export function Empty({
  title,
  text,
  children,
}: {
  readonly title: string;
  readonly text: string;
  readonly children?: ReactNode;
}) {
  return (
    <div className={css.empty}>
      <p className={css.emptyTitle}>{title}</p>
      <p>{text}</p>
      {children}
    </div>
  );
}

const WIDTHS = ['72%', '90%', '64%', '82%', '56%', '77%'];

export function Skeleton({ lines = 4 }: { readonly lines?: number }) {
  return (
    <div aria-busy="true">
      <span className={css.srOnly}>Loading</span>
      {WIDTHS.slice(0, lines).map((width) => (
        <span key={width} className={css.skeleton} style={{ width }} />
      ))}
    </div>
  );
}

/** Shows a query: skeleton first, the server's sentence on refusal, else its data. */
export function Loaded<T>({
  query,
  title,
  children,
}: {
  readonly query: Query<T>;
  /** The page's title where its data would bring it: a page that cannot be shown has one too. */
  readonly title?: string;
  readonly children: (data: T) => ReactNode;
}) {
  if (query.data !== undefined) return <>{children(query.data)}</>;
  if (!query.error) return <Skeleton />;
  return (
    <>
      {title === undefined ? null : <h1>{title}</h1>}
      <Problem error={query.error} />
    </>
  );
}

interface Query<T> {
  readonly data: T | undefined;
  readonly error: unknown;
}

interface ChecksProps {
  readonly legend: string;
  readonly options: readonly { readonly id: string; readonly label: string }[];
  readonly chosen: readonly string[];
  readonly onChange: (chosen: readonly string[]) => void;
  readonly disabled?: boolean;
}

/** Any number of choices, each the browser's own box. */
export function Checks({ legend, options, chosen, onChange, disabled }: ChecksProps) {
  return (
    <fieldset className={css.checks} disabled={Boolean(disabled)}>
      <legend className={css.label}>{legend}</legend>
      {options.map(({ id, label }) => (
        <label key={id}>
          <input
            type="checkbox"
            checked={chosen.includes(id)}
            onChange={({ target }) =>
              onChange(target.checked ? [...chosen, id] : chosen.filter((other) => other !== id))
            }
          />
          {label}
        </label>
      ))}
    </fieldset>
  );
}
