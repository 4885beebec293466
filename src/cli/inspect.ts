import { parsePolicy, readContainer, type TdfContainer, type TdfPolicy } from '../formats/tdf/index.ts';
import { withReading } from '../formats/tdf/node.ts';
import { type CommandIo, onlyOne, runCommand } from './command.ts';
import { printable } from './printable.ts';

/** A policy may name thousands of recipients, and none of them may be hidden. */
const MOST_SHOWN_CHARS = Number.POSITIVE_INFINITY;

const HELP = `pavise inspect FILE.tdf [--json]
  Shows manifest, policy and labels. Without the key nothing of it is proven, and the output says so; the content is never shown.
`;

/** `pavise inspect`: 0 well formed, 2 usage error or not a protected file. */
export function inspect(args: string[], io: CommandIo): Promise<number> {
  return runCommand(args, io, { help: HELP, options: {} }, async ({ values, positionals }) => {
    const path = onlyOne(positionals, 'Name one file: pavise inspect FILE.tdf');
    const container = await withReading(path, (input) => readContainer(input.readAt, input.sizeBytes));
    const report = describe(container, parsePolicy(container.manifest.policy));
    io.out(values.json ? `${JSON.stringify(report)}\n` : plainText(report));
    return 0;
  });
}

function describe({ manifest, payloadBytes }: TdfContainer, policy: TdfPolicy) {
  return {
    format: manifest.legacy
      ? `TDF ${manifest.schemaVersion || 'without version'} (legacy hex form)`
      : `TDF ${manifest.schemaVersion}`,
    mimeType: manifest.mimeType,
    sizeBytes: manifest.segments.reduce((sum, segment) => sum + segment.sizeBytes, 0),
    payloadBytes,
    segments: { count: manifest.segments.length, sizeBytes: manifest.segmentBytes, hash: manifest.segmentHashAlg },
    keyAccess: manifest.keyAccess.map(({ type, url, kid, splitId }) => ({ type, url, kid, splitId })),
    policy,
    labels: manifest.assertions.length,
    checks: { container: 'well formed', binding: 'unproven: needs the key', rootSignature: 'unproven: needs the key' },
  };
}

function plainText(report: ReturnType<typeof describe>): string {
  const { policy } = report;
  const lines: (readonly [string, string])[] = [
    ['Format', report.format],
    ['Content', `${report.mimeType || 'unknown type'}, ${report.sizeBytes} bytes in ${report.segments.count} segments`],
    ...report.keyAccess.map(
      (access) => ['Key at', `${access.url} (${access.type}, key ${access.kid || 'unnamed'})`] as const,
    ),
    ['Policy', policy.uuid],
    ['Owner', policy.owner ?? 'not named'],
    ['Recipients', policy.dissem.join(', ') || 'none named'],
    ['Labels', policy.attributes.join(', ') || 'none'],
    ['View', policy.view ?? 'download'],
    ['Opens from', policy.notBeforeMs === undefined ? 'any time' : new Date(policy.notBeforeMs).toISOString()],
    ['Opens until', policy.notAfterMs === undefined ? 'no end' : new Date(policy.notAfterMs).toISOString()],
    ['Proven', 'nothing: policy and content are checked when it is opened with its key'],
  ];
  return lines.map(([label, value]) => `${label.padEnd(12)} ${printable(value, MOST_SHOWN_CHARS)}\n`).join('');
}
