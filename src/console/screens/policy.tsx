import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useState } from 'react';
import type {
  CompiledReply,
  ControlsReply,
  ControlView,
  PolicyReply,
  Settings,
  SettingValue,
} from '../../policies/api.ts';
import { api, Button, kit, Loaded, moment, Problem, Tabs, words } from '../../ui/index.ts';
import { usePolicyChange } from '../confirm-change.tsx';
import css from '../console.module.css';
import { Assignment } from '../groups.tsx';
import { text } from '../text.ts';

export function PolicyPage() {
  const { id }: { id: string } = useParams({ from: '/shell/policies/$id' });
  const policy = useQuery({ queryKey: ['policy', id], queryFn: () => api<PolicyReply>(`policies/${id}`) });
  const controls = useQuery({ queryKey: ['controls'], queryFn: () => api<ControlsReply>('controls') });
  return (
    <div className={css.page}>
      <Loaded query={policy} title={text.policies.title}>
        {(data) => (
          <>
            <header className={css.section}>
              <h1>{data.name}</h1>
              <p className={css.lead}>{data.description}</p>
              <Assignment policy={data} />
              <p className={css.small}>{text.policies.combine}</p>
            </header>
            <Tabs
              label={data.name}
              tabs={[
                {
                  id: 'values',
                  title: text.policies.tabs.values,
                  body: () => (
                    <Loaded query={controls}>
                      {({ items }) => <Editor key={data.version} policy={data} controls={items} />}
                    </Loaded>
                  ),
                },
                { id: 'apple', title: text.policies.tabs.apple, body: () => <Compiled id={id} make="apple" /> },
                { id: 'android', title: text.policies.tabs.android, body: () => <Compiled id={id} make="android" /> },
                {
                  id: 'versions',
                  title: text.policies.tabs.versions,
                  body: () => (
                    <ul className={css.rows}>
                      {data.versions.map((version) => (
                        <li key={version.version}>
                          <span>{text.policies.versionOf(version.version)}</span>
                          <span className={css.small}>{moment(version.createdAtMs)}</span>
                        </li>
                      ))}
                    </ul>
                  ),
                },
              ]}
            />
          </>
        )}
      </Loaded>
    </div>
  );
}

function Editor({ policy, controls }: { readonly policy: PolicyReply; readonly controls: readonly ControlView[] }) {
  const [settings, setSettings] = useState<Settings>(policy.settings);
  const queries = useQueryClient();
  const { run, busy, error, question } = usePolicyChange({ policyId: policy.id, settings }, async (confirmed) => {
    const { name, description, version } = policy;
    await api(`policies/${policy.id}`, {
      method: 'PUT',
      body: { name, description, settings, basedOnVersion: version, ...confirmed },
    });
    await queries.invalidateQueries();
  });
  const set = (id: string, value: SettingValue | undefined): void => {
    const { [id]: _old, ...rest } = settings;
    setSettings(value === undefined ? rest : { ...rest, [id]: value });
  };
  const changed = JSON.stringify(sorted(settings)) !== JSON.stringify(sorted(policy.settings));
  const topics = [...new Set(controls.map(({ topic }) => topic))];
  return (
    <div className={kit.stack}>
      {topics.map((topic) => (
        <section key={topic}>
          <h2>{words(topic)}</h2>
          {controls
            .filter((control) => control.topic === topic)
            .map((control) => (
              <div key={control.id} className={css.control}>
                <div>
                  <h3>{control.title}</h3>
                  <p>{control.what}</p>
                  {control.warning ? <p>{control.warning}</p> : null}
                </div>
                <Value control={control} value={settings[control.id]} onChange={(value) => set(control.id, value)} />
              </div>
            ))}
        </section>
      ))}
      <Problem error={error} />
      {question}
      <div>
        <Button kind="primary" onPress={run} busy={busy} disabled={!changed}>
          {text.policies.save(policy.version + 1)}
        </Button>
      </div>
    </div>
  );
}

function sorted(settings: Settings): [string, SettingValue][] {
  return Object.entries(settings).sort(([a], [b]) => (a < b ? -1 : 1));
}

interface ValueProps {
  readonly control: ControlView;
  readonly value: SettingValue | undefined;
  readonly onChange: (value: SettingValue | undefined) => void;
}

function Value({ control, value, onChange }: ValueProps) {
  if (control.kind === 'boolean') {
    return (
      <select
        className={kit.input}
        aria-label={control.title}
        value={value === true ? 'on' : ''}
        onChange={(event) => onChange(event.target.value === 'on' ? true : undefined)}
      >
        <option value="">{text.policies.off}</option>
        <option value="on">{text.policies.on}</option>
      </select>
    );
  }
  const isNumber = control.kind === 'number';
  return (
    <label className={kit.row}>
      <span className={kit.srOnly}>{control.title}</span>
      <input
        className={kit.input}
        type={isNumber ? 'number' : control.kind === 'date' ? 'date' : 'text'}
        value={value === undefined ? '' : String(value)}
        placeholder={text.policies.off}
        {...(control.min === undefined ? {} : { min: control.min })}
        {...(control.max === undefined ? {} : { max: control.max })}
        onChange={({ target }) =>
          onChange(target.value === '' ? undefined : isNumber ? Number(target.value) : target.value)
        }
      />
      {control.unit ? <span className={css.small}>{control.unit}</span> : null}
    </label>
  );
}

function Compiled({ id, make }: { readonly id: string; readonly make: 'apple' | 'android' }) {
  const compiled = useQuery({
    queryKey: ['compiled', id],
    queryFn: () => api<CompiledReply>(`policies/${id}/compiled`),
  });
  return (
    <Loaded query={compiled}>
      {(data) => (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
        <pre className={kit.code} tabIndex={0}>
          {typeof data[make] === 'string' ? data[make] : JSON.stringify(data[make], null, 2)}
        </pre>
      )}
    </Loaded>
  );
}
