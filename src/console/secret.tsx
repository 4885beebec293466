import { useState } from 'react';
import { Button, kit } from '../ui/index.ts';
import { text } from './text.ts';

/** A link or token that is shown once. */
export function Secret({ lead, value }: { readonly lead: string; readonly value: string }) {
  const [copied, setCopied] = useState(false);
  return (
    <div className={kit.secret}>
      <p>{lead}</p>
      <code className={kit.mono}>{value}</code>
      <div>
        <Button onPress={() => void navigator.clipboard.writeText(value).then(() => setCopied(true))}>
          {copied ? text.people.copied : text.people.copy}
        </Button>
      </div>
    </div>
  );
}
