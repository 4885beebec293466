import { useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { Button, Field, Gate, kit, Problem, setUp, useAction } from '../ui/index.ts';
import { text } from './text.ts';

/** The first minute of an installation: the one-time link makes the first owner. */
export function Setup() {
  const { token }: { token: string } = useSearch({ from: '/setup' });
  const [name, setName] = useState('');
  const [email, setEmail] = useState('');
  const queries = useQueryClient();
  const navigate = useNavigate();
  const { run, busy, error } = useAction(async () => {
    await setUp(token, name.trim(), email.trim());
    await queries.resetQueries();
    await navigate({ to: '/' });
  });
  return (
    <Gate title={text.setup.title} lead={text.setup.lead}>
      <form
        className={kit.stack}
        onSubmit={(event) => {
          event.preventDefault();
          run();
        }}
      >
        <Field label={text.setup.name} value={name} onChange={setName} required />
        <Field label={text.setup.email} type="email" value={email} onChange={setEmail} required />
        <Problem error={error} />
        <Button kind="primary" large submit busy={busy}>
          {text.setup.action}
        </Button>
      </form>
    </Gate>
  );
}
