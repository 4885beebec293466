import { describe, expect, it } from 'vitest';
import { utf8Bytes } from '../../base/index.ts';
import { parseIps } from './index.ts';

const HEADER =
  '{"app_name":"bh","timestamp":"2024-05-01 10:00:00.00 +0200","bug_type":"309","os_version":"iPhone OS 17.4 (21E219)","incident_id":"ABC"}';
const parse = (text: string) => parseIps(utf8Bytes(text));

describe('parseIps()', () => {
  it('reads a crash report', () => {
    const body = {
      procName: 'bh',
      procPath: '/private/var/db/bh',
      pid: 71,
      captureTime: '2024-05-01 09:59:58.1234 +0200',
      parentProc: 'launchd',
      coalitionName: 'com.apple.bh',
    };
    expect(parse(`${HEADER}\n${JSON.stringify(body, null, 2)}`)).toEqual({
      bugType: '309',
      time: { original: '2024-05-01 10:00:00.00 +0200', atMs: Date.UTC(2024, 4, 1, 8), zoneKnown: true },
      capturedAt: {
        original: '2024-05-01 09:59:58.1234 +0200',
        atMs: Date.UTC(2024, 4, 1, 7, 59, 58, 123),
        zoneKnown: true,
      },
      osVersion: 'iPhone OS 17.4 (21E219)',
      appName: 'bh',
      incidentId: 'ABC',
      header: JSON.parse(HEADER),
      body: { kind: 'json', value: body },
      processes: [{ name: 'bh', path: '/private/var/db/bh', pid: 71 }],
      parentName: 'launchd',
      coalitionName: 'com.apple.bh',
    });
  });

  it('lists the processes of a Jetsam event', () => {
    const body = {
      bug_type: '298',
      date: '2024-05-01 10:00:00 +0000',
      processes: [{ name: 'a', pid: 1 }, { pid: 2 }, 'x', { name: 'b', path: '/b' }],
    };
    expect(parse(`{"bug_type":"298"}\n${JSON.stringify(body)}`)).toMatchObject({
      bugType: '298',
      processes: [
        { name: 'a', path: undefined, pid: 1 },
        { name: 'b', path: '/b', pid: undefined },
      ],
    });
  });

  it('keeps bodies that are lists, text, cut or missing', () => {
    const plist = '<?xml version="1.0"?><plist version="1.0"><dict><key>a</key><integer>1</integer></dict></plist>';
    expect(parse(`${HEADER}\n${plist}`).body).toMatchObject({ kind: 'plist', value: { a: 1 } });
    const text = 'Incident Identifier: X\nProcess:             thing [55]\nPath:                /usr/libexec/thing\n';
    expect(parse(`${HEADER}\n${text}`)).toMatchObject({
      body: { kind: 'text' },
      processes: [{ name: 'thing', path: '/usr/libexec/thing', pid: 55 }],
    });
    expect(parse(`${HEADER}\n{"procName":"bh"`).body).toEqual({ kind: 'text', text: '{"procName":"bh"' });
    expect(parse(HEADER)).toMatchObject({ body: { kind: 'text', text: '' }, processes: [] });
  });

  it('refuses what is no report', () => {
    for (const text of ['', 'text\n{}', '[1]\n{}', '{"cut":']) {
      expect(() => parse(text)).toThrow(expect.objectContaining({ code: 'ips-header' }));
    }
  });
});
