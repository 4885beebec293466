import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import { type RefObject, useEffect, useRef, useState } from 'react';
import type { LessonReply, QuizBody, QuizReply } from '../../training/api.ts';
import { api, Button, cx, kit, Loaded, Problem, State, useAction } from '../../ui/index.ts';
import { text } from '../text.ts';
import css from '../workspace.module.css';

export function Lesson() {
  const { id }: { id: string } = useParams({ from: '/shell/learn/$id' });
  const lesson = useQuery({
    queryKey: ['my-lesson', id],
    queryFn: () => api<LessonReply>(`me/lessons/${encodeURIComponent(id)}`),
  });
  return <Loaded query={lesson}>{(data) => <Steps lesson={data} />}</Loaded>;
}

/** One idea per screen, then the questions. */
function Steps({ lesson }: { readonly lesson: LessonReply }) {
  const [step, setStep] = useState(0);
  const heading = useRef<HTMLHeadingElement>(null);
  const screen = lesson.screens[step];
  const count = lesson.screens.length + 1;
  useEffect(() => {
    // A screen reader starts each step at its title.
    if (step > 0) heading.current?.focus();
  }, [step]);
  return (
    <div className={css.page}>
      <div className={css.section}>
        <div className={css.progress} aria-hidden="true">
          {[...lesson.screens.map(({ title }) => title), 'quiz'].map((key, index) => (
            <i key={key} data-done={index <= step} />
          ))}
        </div>
        <p className={css.small}>
          {lesson.title} · {text.learn.step(step + 1, count)}
        </p>
      </div>
      {screen ? (
        <>
          <div className={css.slide}>
            <h1 ref={heading} tabIndex={-1}>
              {screen.title}
            </h1>
            {screen.paragraphs.map((paragraph) => (
              <p key={paragraph}>{paragraph}</p>
            ))}
          </div>
          <div className={css.spread}>
            <Button large kind="quiet" onPress={() => setStep(step - 1)} disabled={step === 0}>
              {text.back}
            </Button>
            <Button large kind="primary" onPress={() => setStep(step + 1)}>
              {step + 1 === lesson.screens.length ? text.learn.quiz : text.learn.next}
            </Button>
          </div>
        </>
      ) : (
        <Quiz lesson={lesson} heading={heading} onBack={() => setStep(step - 1)} />
      )}
    </div>
  );
}

function Quiz({
  lesson,
  heading,
  onBack,
}: {
  readonly lesson: LessonReply;
  readonly heading: RefObject<HTMLHeadingElement | null>;
  readonly onBack: () => void;
}) {
  const [answers, setAnswers] = useState<Record<string, number>>({});
  const [result, setResult] = useState<QuizReply | null>(null);
  const queries = useQueryClient();
  const navigate = useNavigate();
  const { run, busy, error } = useAction(async () => {
    const body: QuizBody = { version: lesson.version, answers };
    setResult(await api<QuizReply>(`me/lessons/${encodeURIComponent(lesson.id)}/quiz`, { body }));
    await queries.invalidateQueries();
  });
  const complete = lesson.questions.every(({ id }) => answers[id] !== undefined);
  return (
    <form
      className={css.page}
      onSubmit={(event) => {
        event.preventDefault();
        run();
      }}
    >
      <h1 ref={heading} tabIndex={-1}>
        {text.learn.questions}
      </h1>
      {lesson.questions.map((question, index) => {
        const graded = result?.results.find(({ questionId }) => questionId === question.id);
        return (
          <fieldset key={question.id} className={css.question} disabled={result !== null}>
            <legend>
              <span className={css.small}>{text.learn.question(index + 1)}</span>
              <br />
              {question.text}
            </legend>
            {question.choices.map((choice, at) => (
              <label key={choice} className={css.choice}>
                <input
                  type="radio"
                  name={question.id}
                  checked={answers[question.id] === at}
                  onChange={() => setAnswers({ ...answers, [question.id]: at })}
                />
                <span>{choice}</span>
              </label>
            ))}
            {graded ? (
              <div role="status">
                <State kind={graded.right ? 'fine' : 'attention'}>
                  {graded.right ? text.learn.right : text.learn.wrong}
                </State>
                <p className={css.lead}>{graded.explanation}</p>
              </div>
            ) : null}
          </fieldset>
        );
      })}
      <Problem error={error} />
      {result ? (
        <div className={cx(css.hero, kit[result.passed ? 'fine' : 'attention'])} role="status">
          <h2>{result.passed ? text.learn.passed : text.learn.notYet(result.right, result.total, result.passMark)}</h2>
          <p>{text.learn.score(result.right, result.total)}</p>
          <div className={kit.row}>
            {result.passed ? (
              <Button large kind="primary" onPress={() => void navigate({ to: '/learn' })}>
                {text.learn.finish}
              </Button>
            ) : (
              <Button large kind="primary" onPress={() => setResult(null)}>
                {text.learn.again}
              </Button>
            )}
          </div>
        </div>
      ) : (
        <div className={css.spread}>
          <Button large kind="quiet" onPress={onBack}>
            {text.back}
          </Button>
          <Button large kind="primary" submit busy={busy} disabled={!complete}>
            {text.learn.check}
          </Button>
        </div>
      )}
    </form>
  );
}
