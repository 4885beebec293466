import { parseSync } from 'vite';

/** How a guard is taken away; `docs/guards.md` says what each does. */
export type Operator =
  | 'if'
  | 'choice'
  | 'operand'
  | 'bound'
  | 'equal'
  | 'not'
  | 'throw'
  | 'call'
  | 'flag'
  | 'field'
  | 'every';

/** One guard that can be taken away. `$` in the texts of its edits stands for its number in a run. */
export interface Mutant {
  readonly file: string;
  /** The top-level declaration that it stands in. */
  readonly symbol: string;
  readonly operator: Operator;
  /** The source that is changed, in one line. */
  readonly text: string;
  /** Which one of those with the same symbol, operator and text, from 1. */
  readonly nth: number;
  readonly line: number;
  readonly edits: readonly Edit[];
}

/** Text around a span, or in place of it. */
export type Edit =
  | {
      readonly kind: 'around';
      readonly start: number;
      readonly end: number;
      readonly pre: string;
      readonly post: string;
    }
  | { readonly kind: 'instead'; readonly start: number; readonly end: number; readonly text: string };

interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [key: string]: unknown;
}

interface Found {
  readonly operator: Operator;
  readonly at: Node;
  readonly edits: readonly Edit[];
}

/**
 * Finds the guards of a source file, in the order of the source.
 *
 * @param fieldsIn names of top-level declarations whose object literals lose one field at a time: what is hashed, signed, or set as options
 */
export function findMutants(source: string, file: string, fieldsIn: readonly string[] = []): readonly Mutant[] {
  const { program, errors } = parseSync(file, source);
  if (errors.length > 0) throw new Error(`Cannot parse ${file}: ${errors[0]?.message}`);
  const seen = new Map<string, number>();
  const out: Mutant[] = [];
  // The parser's own types do not let a walk over all kinds of nodes; each member is checked where it is read.
  for (const statement of (program as unknown as { body: Node[] }).body) {
    const symbol = nameOf(statement);
    const found: Found[] = [];
    walk(statement, undefined, found, fieldsIn.includes(symbol));
    for (const { operator, at, edits } of found) {
      const text = source.slice(at.start, at.end).replace(/\s+/g, ' ').slice(0, 200);
      const key = `${symbol}\n${operator}\n${text}`;
      const nth = (seen.get(key) ?? 0) + 1;
      seen.set(key, nth);
      out.push({ file, symbol, operator, text, nth, line: source.slice(0, at.start).split('\n').length, edits });
    }
  }
  return out;
}

/** Walks all that runs; types do not. */
function walk(node: Node, parent: Node | undefined, found: Found[], fields: boolean): void {
  found.push(...guardsAt(node, parent, fields));
  for (const [key, value] of Object.entries(node)) {
    if (key === 'typeAnnotation' || key === 'returnType' || key === 'typeArguments' || key === 'typeParameters')
      continue;
    for (const child of Array.isArray(value) ? value : [value]) {
      if (isNode(child) && !isType(child)) walk(child, node, found, fields);
    }
  }
}

function isType(node: Node): boolean {
  return (
    node.type.startsWith('TS') &&
    !['TSAsExpression', 'TSSatisfiesExpression', 'TSNonNullExpression'].includes(node.type)
  );
}

const UNLESS = '!__mutant($) && (';
const BOUNDS: Readonly<Record<string, string>> = { '<': '<=', '<=': '<', '>': '>=', '>=': '>' };

function guardsAt(node: Node, parent: Node | undefined, fields: boolean): readonly Found[] {
  switch (node.type) {
    case 'IfStatement':
      return ofTest('if', node.test);
    case 'ConditionalExpression':
      return ofChoice(node.test);
    case 'LogicalExpression':
      return ofLogical(node);
    case 'BinaryExpression':
      return parent?.type === 'ForStatement' ? [] : ofComparison(node, parent);
    case 'UnaryExpression':
      return node['operator'] === '!' && !isTakenAway(parent)
        ? [{ operator: 'not', at: node, edits: [flip(node)] }]
        : [];
    case 'ThrowStatement':
      return isOnlyStatementOfIf(parent) ? [] : [{ operator: 'throw', at: node, edits: [without(node)] }];
    case 'ExpressionStatement':
      return isCall(node['expression']) ? [{ operator: 'call', at: node, edits: [without(node)] }] : [];
    case 'Property':
      return ofProperty(node, parent, fields);
    case 'CallExpression':
      return ofQuantifier(node);
    default:
      return [];
  }
}

function ofTest(operator: Operator, test: unknown): readonly Found[] {
  return isNode(test) ? [{ operator, at: test, edits: [around(test, UNLESS, ')')] }] : [];
}

/** Both branches of a choice, each as if it were always taken. */
function ofChoice(test: unknown): readonly Found[] {
  if (!isNode(test)) return [];
  return [
    { operator: 'choice', at: test, edits: [around(test, UNLESS, ')')] },
    { operator: 'choice', at: test, edits: [around(test, '__mutant($) || (', ')')] },
  ];
}

function ofLogical(node: Node): readonly Found[] {
  const { operator, left, right } = node;
  if (operator === '??' || !isNode(left) || !isNode(right)) return [];
  const [pre, post] = operator === '&&' ? ['(__mutant($) || (', '))'] : ['(!__mutant($) && (', '))'];
  // Of `a && b && c` the parser makes `(a && b) && c`: a chain loses its members one by one.
  return [left, right]
    .filter((side) => !(side.type === 'LogicalExpression' && side['operator'] === operator))
    .map((side) => ({ operator: 'operand', at: side, edits: [around(side, pre, post)] }));
}

function ofComparison(node: Node, parent: Node | undefined): readonly Found[] {
  const { operator, left, right } = node;
  if (typeof operator !== 'string' || !isNode(left) || !isNode(right)) return [];
  if (operator === '===' || operator === '!==')
    return isTakenAway(parent) ? [] : [{ operator: 'equal', at: node, edits: [flip(node)] }];
  const other = BOUNDS[operator];
  if (other === undefined) return [];
  const call = around(node, `__mutant.compare($, '${operator}', '${other}', `, ')');
  return [{ operator: 'bound', at: node, edits: [call, instead(left.end, right.start, ', ')] }];
}

function ofProperty(node: Node, parent: Node | undefined, fields: boolean): readonly Found[] {
  if (parent?.type !== 'ObjectExpression') return [];
  const { value } = node;
  const found: Found[] = [];
  if (fields) found.push({ operator: 'field', at: node, edits: [around(node, '...(__mutant($) ? {} : { ', ' })')] });
  if (isNode(value) && value.type === 'Literal' && typeof value['value'] === 'boolean')
    found.push({ operator: 'flag', at: node, edits: [flip(value)] });
  return found;
}

/** `some` for `every` and the other way round. */
function ofQuantifier(node: Node): readonly Found[] {
  const { callee } = node;
  if (!isNode(callee) || callee.type !== 'MemberExpression' || callee['computed'] === true) return [];
  const { object, property, optional } = callee;
  if (!isNode(object) || !isNode(property)) return [];
  const { name } = property;
  if (name !== 'some' && name !== 'every') return [];
  const text = `${optional === true ? '?.' : ''}[__mutant($) ? '${name === 'some' ? 'every' : 'some'}' : '${name}']`;
  return [{ operator: 'every', at: node, edits: [instead(object.end, property.end, text)] }];
}

function around(node: Node, pre: string, post: string): Edit {
  return { kind: 'around', start: node.start, end: node.end, pre, post };
}

function instead(start: number, end: number, text: string): Edit {
  return { kind: 'instead', start, end, text };
}

function flip(node: Node): Edit {
  return around(node, '(__mutant($) !== (', '))');
}

function without(statement: Node): Edit {
  return around(statement, '{ if (!__mutant($)) ', ' }');
}

function isCall(value: unknown): boolean {
  if (!isNode(value)) return false;
  if (value.type === 'AwaitExpression') return isCall(value['argument']);
  if (value.type === 'UnaryExpression' && value['operator'] === 'void') return isCall(value['argument']);
  return value.type === 'CallExpression';
}

/** Where a condition or a member of it is taken away anyhow, turning it round says less. */
function isTakenAway(parent: Node | undefined): boolean {
  return ['IfStatement', 'ConditionalExpression', 'LogicalExpression', 'ParenthesizedExpression'].includes(
    parent?.type ?? '',
  );
}

function isOnlyStatementOfIf(parent: Node | undefined): boolean {
  return parent?.type === 'IfStatement';
}

function isNode(value: unknown): value is Node {
  return (
    typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string' && 'start' in value
  );
}

function nameOf(statement: Node): string {
  const declared = isNode(statement['declaration']) ? statement['declaration'] : statement;
  const first = Array.isArray(declared['declarations']) ? declared['declarations'][0] : declared;
  const id = isNode(first) ? first['id'] : undefined;
  return isNode(id) && typeof id['name'] === 'string' ? id['name'] : 'module';
}
