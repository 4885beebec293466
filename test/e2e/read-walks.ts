/** One call that a diagram shows. */
export interface Step {
  /** File below `src`. */
  readonly from: string;
  readonly to: string;
  readonly name: string;
}

/** A diagram: what happens in one flow after another. */
export interface Walk {
  readonly title: string;
  readonly flows: readonly (readonly Step[])[];
}

/** Reads the sequence diagrams of a page; throws for a message whose ends are not declared. */
export function readWalks(page: string): Walk[] {
  return [...page.matchAll(/^## (.+)\n|```mermaid\nsequenceDiagram\n([^`]+)```/gm)].reduce<{
    walks: Walk[];
    title: string;
  }>(
    (all, [, title, diagram]) =>
      diagram === undefined
        ? { ...all, title: title ?? '' }
        : { ...all, walks: [...all.walks, { title: all.title, flows: flowsOf(diagram) }] },
    { walks: [], title: '' },
  ).walks;
}

function flowsOf(diagram: string): Step[][] {
  const files = new Map<string, string>();
  const flows: Step[][] = [[]];
  for (const line of diagram
    .split('\n')
    .map((text) => text.trim())
    .filter((text) => text !== '')) {
    const [, alias, file] = /^participant (\w+) as (.+)$/.exec(line) ?? [];
    if (alias !== undefined && file !== undefined) files.set(alias, file);
    else {
      const [, from = '', to = '', text = ''] = /^(\w+)--?>>(\w+): (.+)$/.exec(line) ?? [];
      const [sender, receiver] = [files.get(from), files.get(to)];
      if (sender === undefined || receiver === undefined) throw new Error(`Cannot read the diagram: "${line}"`);
      const [, name] = /^(\w+)\(\)$/.exec(text) ?? [];
      if (name === undefined) flows.push([]);
      else flows.at(-1)?.push({ from: sender, to: receiver, name });
    }
  }
  return flows.filter((flow) => flow.length > 0);
}

/** The first step that a flow of calls does not have after those before it; undefined when it has them all, in this order. */
export function missingStep(steps: readonly Step[], calls: readonly string[]): Step | undefined {
  let at = 0;
  for (const step of steps) {
    const found = calls.indexOf(`${step.to} ${step.name}`, at);
    if (found < 0) return step;
    at = found + 1;
  }
  return undefined;
}
