import { useState } from 'react';
import { Button, kit } from '../ui/index.ts';
import { text } from './text.ts';

/** Something to take along, with a button that copies it: a link, a token, a command. */
export function Secret({
  lead,
  value,
  copy = text.people.copy,
}: {
  readonly lead: string;
  readonly value: string;
  /** What the button says. */
  readonly copy?: string;
}) {
  const [copied, setCopied] = useState(false);
  return (
    <div className={kit.secret}>
      <p>{lead}</p>
      <code className={kit.mono}>{value}</code>
      <div>
        <Button onPress={() => void navigator.clipboard.writeText(value).then(() => setCopied(true))}>
          {copied ? text.people.copied : copy}
        </Button>
      </div>
    </div>
  );
}
