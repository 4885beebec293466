import { Link } from '@tanstack/react-router';
import css from './console.module.css';
import { caseText } from './text-cases.ts';

const SECTIONS = [
  { to: '/findings', label: caseText.sections.findings },
  { to: '/findings/cases', label: caseText.sections.cases },
  { to: '/findings/indicators', label: caseText.sections.indicators },
] as const;

/** The three screens behind "Findings" in the rail. */
export function FindingSections() {
  return (
    <nav aria-label={caseText.sections.label}>
      <ul className={css.sections}>
        {SECTIONS.map(({ to, label }) => (
          <li key={to}>
            <Link to={to} activeOptions={{ exact: true, includeSearch: false }}>
              {label}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}
