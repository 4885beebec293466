import { FolderOpen, HardDriveUpload } from 'lucide-react';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { FormatError } from '../../base/index.ts';
import { parseStixBundle } from '../../formats/stix/index.ts';
import { Button, Choice, cx, Field } from '../../ui/index.ts';
import css from './check.module.css';
import { takeDrop } from './entries.ts';
import type { CheckResult } from './messages.ts';
import { type IndicatorFile, loadPublicIndicators } from './public-indicators.ts';
import { Result } from './result.tsx';
import { text } from './text.ts';
import { type CheckState, type Evidence, useCheck } from './use-check.ts';

interface CheckPhoneProps {
  /** What may be done with a result besides saving it; then the index of hashes is made, too. */
  readonly after?: (result: CheckResult) => ReactNode;
}

/** Checks evidence in this browser: drop it, watch, cancel, read, save. */
export function CheckPhone({ after }: CheckPhoneProps) {
  const { state, begin, cancel, reset } = useCheck();
  const [password, setPassword] = useState('');
  const [level, setLevel] = useState<'quick' | 'thorough'>('thorough');
  const [known, setKnown] = useState<readonly IndicatorFile[]>([]);
  const [added, setAdded] = useState<readonly IndicatorFile[]>([]);
  useEffect(() => {
    const ended = new AbortController();
    void loadPublicIndicators(ended.signal).then(setKnown);
    return () => ended.abort();
  }, []);
  const indicators = [...known, ...added];
  const signs = indicators.reduce((sum, { count }) => sum + count, 0);
  const start = (evidence: Evidence | undefined): void => {
    if (evidence === undefined) {
      reset(text.unknown);
      return;
    }
    begin(evidence, { password, level, indicators, wantSightings: after !== undefined });
    setPassword('');
  };
  const addIndicators = async (file: File): Promise<void> => {
    try {
      const bytes = new Uint8Array(await file.arrayBuffer());
      setAdded([...added, { name: file.name, bytes, count: parseStixBundle(bytes).indicators.length }]);
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      reset(text.badIndicators(file.name));
    }
  };
  if (state.kind === 'running') return <Running state={state} cancel={cancel} />;
  if (state.kind === 'done') {
    return (
      <Result {...state.result} signs={signs} again={() => reset()}>
        {after?.(state.result)}
      </Result>
    );
  }
  return (
    <div className={css.check}>
      {state.problem === undefined ? null : (
        <p className={css.problem} role="alert">
          {state.problem}
        </p>
      )}
      <DropZone start={start} />
      <div className={css.settings}>
        <Field label={text.password} hint={text.passwordHint} value={password} onChange={setPassword} type="password" />
        <Choice
          label={text.level}
          value={level}
          options={text.levels}
          onChange={(value) => setLevel(value === 'quick' ? 'quick' : 'thorough')}
        />
        <div className={css.indicators}>
          <strong>{text.indicators}</strong>
          <p>{text.indicatorsHint(signs)}</p>
          <FileButton accept=".stix2,.json" choose={(file) => void addIndicators(file)}>
            {text.indicatorsAdd}
          </FileButton>
        </div>
      </div>
      <details className={css.where}>
        <summary>{text.where}</summary>
        {text.ways.map(({ title, steps }) => (
          <section key={title}>
            <h2>{title}</h2>
            <ol className={css.steps}>
              {steps.map((step) => (
                <li key={step}>{step}</li>
              ))}
            </ol>
          </section>
        ))}
      </details>
    </div>
  );
}

function DropZone({ start }: { readonly start: (evidence: Evidence | undefined) => void }) {
  const [over, setOver] = useState(false);
  const pick = async (): Promise<void> => {
    try {
      start(await window.showDirectoryPicker?.({ mode: 'read' }));
    } catch (error) {
      if (!(error instanceof DOMException && error.name === 'AbortError')) throw error;
    }
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the buttons inside do the same for keyboards
    <div
      className={cx(css.drop, over && css.over)}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragEnter={(event) => event.preventDefault()}
      onDragLeave={({ currentTarget, relatedTarget }) => {
        // Leaving a child for another one is no leaving.
        if (!(relatedTarget instanceof Node && currentTarget.contains(relatedTarget))) setOver(false);
      }}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        start(takeDrop(event.dataTransfer.items));
      }}
    >
      <HardDriveUpload size={36} aria-hidden="true" />
      <p className={css.dropTitle}>{text.drop}</p>
      <p>{text.dropHint}</p>
      <div className={css.buttons}>
        {window.showDirectoryPicker === undefined ? null : (
          <Button onPress={() => void pick()}>
            <FolderOpen size={18} aria-hidden="true" />
            {text.folder}
          </Button>
        )}
        <FileButton choose={start}>{text.file}</FileButton>
      </div>
    </div>
  );
}

function FileButton({
  accept,
  choose,
  children,
}: {
  readonly accept?: string;
  readonly choose: (file: File) => void;
  readonly children: ReactNode;
}) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <Button onPress={() => input.current?.click()}>{children}</Button>
      <input
        ref={input}
        type="file"
        hidden
        accept={accept}
        onChange={({ target }) => {
          const [file] = target.files ?? [];
          target.value = '';
          if (file !== undefined) choose(file);
        }}
      />
    </>
  );
}

function Running({ state, cancel }: { readonly state: CheckState & { kind: 'running' }; readonly cancel: () => void }) {
  const { name, done, total } = state;
  return (
    <div className={css.check}>
      <div className={css.running}>
        <h2>
          {text.running} {name}
        </h2>
        <p aria-live="polite">{state.text}</p>
        <progress
          className={css.bar}
          aria-label={state.text}
          {...(total === undefined ? {} : { value: done, max: total })}
        />
        <p className={css.count}>{text.files(done, total)}</p>
        <Button onPress={cancel}>{text.cancel}</Button>
      </div>
    </div>
  );
}
