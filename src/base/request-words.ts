/** One way in which a request differs from its schema, as the validator gives it. */
interface Difference {
  readonly keyword: string;
  readonly instancePath: string;
  readonly params: Readonly<Record<string, unknown>>;
}

const UNITS = ['days', 'hours', 'minutes', 'seconds', 'bytes', 'percent'] as const;
const TYPES: Readonly<Record<string, string>> = {
  string: 'a text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
};

/**
 * Says in plain words how a request differs from its schema, with the field named.
 *
 * One-time tokens come from links that people paste: a cut one is told as what it is.
 * @param context body, querystring or params
 * @param differences as the validator lists them, the nearest cause first
 */
export function wordsFor(context: string, differences: readonly Difference[]): string {
  const first = differences[0];
  if (first === undefined) return 'Correct the request: it does not have the form that is asked for';
  const path = first.instancePath.split('/').slice(1);
  const field = path.findLast((part) => !/^\d+$/.test(part));
  if (field === undefined) return rootWords(context, first);
  if (field === 'token' || field === 'challenge') return 'This link is incomplete: copy all of it';
  if (field === 'email') return 'Correct the address: it has the form name@example.org';
  return `Correct "${field}": ${wanted(first, differences, unitOf(field))}`;
}

function rootWords(context: string, { keyword, params }: Difference): string {
  const missing = params['requiredProperties'];
  if (keyword === 'required' && Array.isArray(missing))
    return `Give ${missing.map(quoted).join(' and ')}: it is missing`;
  if (keyword === 'minProperties') return 'Change something: nothing was given';
  return `Correct the ${context}: it does not have the form that is asked for`;
}

function wanted(first: Difference, all: readonly Difference[], unit: string): string {
  const { keyword, params, instancePath } = first;
  const limit = String(params['limit']);
  switch (keyword) {
    case 'minimum':
    case 'exclusiveMinimum':
      return `at least ${limit}${unit}`;
    case 'maximum':
    case 'exclusiveMaximum':
      return `at most ${limit}${unit}`;
    case 'minLength':
      return limit === '1' ? 'it is empty' : `at least ${limit} characters`;
    case 'maxLength':
      return `at most ${limit} characters`;
    case 'minItems':
      return `at least ${limit} entries`;
    case 'maxItems':
      return `at most ${limit} entries`;
    case 'type':
      return `${TYPES[String(params['type'])] ?? String(params['type'])} is wanted`;
    case 'enum':
    case 'const': {
      const choices = all
        .filter((other) => other.instancePath === instancePath)
        .flatMap(({ params: { allowedValues, allowedValue } }) => allowedValues ?? allowedValue ?? []);
      return `choose ${choices.map(String).join(', ')}`;
    }
    case 'boolean':
    case 'additionalProperties':
      return 'leave it out, nothing of this name is asked for';
    default:
      return 'it does not have the form that is asked for';
  }
}

/** The unit that stands in the name of a field: `expiresInDays` counts days. */
function unitOf(field: string): string {
  const unit = UNITS.find((known) => field.toLowerCase().endsWith(known));
  return unit === undefined ? '' : ` ${unit}`;
}

function quoted(name: unknown): string {
  return `"${String(name)}"`;
}
