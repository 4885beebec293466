import css from './kit.module.css';

interface NotFoundProps {
  readonly title: string;
  readonly text: string;
  /** What the way back is called. */
  readonly back: string;
}

/** Shown within the app for an address that leads nowhere. */
export function NotFound({ title, text, back }: NotFoundProps) {
  return (
    <div className={css.stack}>
      <h1>{title}</h1>
      <p>{text}</p>
      <div>
        <a className={css.button} href="#/">
          {back}
        </a>
      </div>
    </div>
  );
}
