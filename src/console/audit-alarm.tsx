import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { ShieldAlert } from 'lucide-react';
import type { AuditHead } from '../audit/api.ts';
import { api, kit } from '../ui/index.ts';
import { text } from './text.ts';

/** The state of the audit log, which every screen and the log's own ask for together. */
export const useAuditHead = () =>
  useQuery({ queryKey: ['audit-head'], queryFn: () => api<AuditHead>('audit/head'), refetchInterval: 60_000 });

/** Says on every screen that the audit log is not to be trusted as it stands, and what to do; nothing while it is. */
export function AuditAlarm() {
  const alarm = useAuditHead().data?.alarm ?? null;
  if (alarm === null) return null;
  return (
    <section className={kit.problem} role="alert" aria-label={text.audit.alarm}>
      <ShieldAlert size={18} aria-hidden="true" />
      <div className={kit.stack}>
        <p>
          <strong>
            {text.audit.alarm}: {text.audit.alarms[alarm]}
          </strong>
        </p>
        <p>{text.audit.alarmText}</p>
        <p>
          <Link to="/audit">{text.audit.toLog}</Link>
        </p>
      </div>
    </section>
  );
}
