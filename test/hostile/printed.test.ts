import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { commandLine } from '../../src/cli/next-command.js';
import { createOutput } from '../../src/cli/output.js';
import { jsonLogLine, prettyLogLine } from '../../src/cli/render/log-line.js';
import { cleanLine, cleanText, escapeJson, safeJson } from '../../src/rollout/clean.js';
import { holds, hostileJson, hostileText } from './arbitraries.js';
import { expectFaithfulJson, expectShownLines } from './oracles.js';
import { NOW } from './samples.js';

describe('a log line', () => {
  const entry = fc.record({
    at: fc.constant(new Date(NOW)),
    level: fc.constantFrom('INFO', 'ERROR'),
    message: hostileText,
    attributes: fc.dictionary(hostileText, hostileJson, { maxKeys: 4 }),
  });

  it('for people has no character that a terminal obeys', () =>
    holds(fc.property(entry, (log) => expectShownLines(prettyLogLine(log).split('\n')))));

  it('for programs is one line of JSON, whatever is logged', () =>
    holds(
      fc.property(entry, (log) => {
        const line = jsonLogLine(log);
        expectShownLines([line]);
        expect(JSON.parse(line)).toMatchObject({ level: log.level.toLowerCase() });
      }),
    ));

  it('is written of what can not be read either', () => {
    const loop: Record<string, unknown> = { n: 1n };
    loop.self = loop;
    const trap = {
      get secret(): never {
        throw new Error('no');
      },
    };
    for (const attributes of [
      loop,
      { trap },
      { toJSON: () => trap.secret },
      { error: new Error('x', { cause: loop }) },
    ]) {
      const log = { at: new Date(NOW), level: 'WARN', message: 'odd', attributes };
      expect(JSON.parse(jsonLogLine(log))).toMatchObject({ message: 'odd' });
      expect(prettyLogLine(log)).toContain('odd');
    }
  });
});

it('a text that is cleaned has nothing to obey, and its lines stay', () =>
  holds(
    fc.property(hostileText, (text) => {
      expectShownLines([cleanLine(text)]);
      expectShownLines(cleanText(text).split('\n'));
      expect(cleanText(text).split('\n')).toHaveLength(text.split('\n').length);
    }),
    5,
  ));

it('a command to copy means the same words to a shell, whatever a rollout is called', () =>
  holds(
    fc.property(hostileText, hostileText, (id, namespace) => {
      // What a screen can't show is another word once it has been shown.
      const words = [id, namespace].map((text) => cleanLine(text));
      const [shownId = '', shownNamespace = ''] = words;
      const line = commandLine('status', shownId, { namespace: shownNamespace });
      const said = execFileSync('/bin/sh', ['-c', `set -- ${line}; printf '%s\\0' "$@"`], { encoding: 'utf8' });
      const flags = ['--namespace', shownNamespace];
      const given = /^-./.test(shownId) ? [...flags, '--', shownId] : [shownId, ...flags].filter(Boolean);
      expect(said.split('\0').slice(0, -1).filter(Boolean)).toEqual([
        'imds-rollout',
        'status',
        ...given.filter(Boolean),
      ]);
    }),
    0.5,
  ));

describe('JSON', () => {
  it('reads back as it was written, and has no character that a terminal obeys', () =>
    holds(
      fc.property(hostileJson, (value) => {
        if (isDeep(value)) return;
        expectFaithfulJson(safeJson(value, 2), value);
        expectFaithfulJson(escapeJson(JSON.stringify(value)), value);
      }),
    ));
});

/** Too deep for `JSON.stringify`; nothing of ours is. */
function isDeep(value: unknown): boolean {
  try {
    JSON.stringify(value);
    return false;
  } catch {
    return true;
  }
}

const COLOUR = new RegExp(`${'\u001b'}\\[[\\d;]*m`, 'g');

it('what is printed keeps our colours, and nothing else that a terminal obeys', () =>
  holds(
    fc.property(fc.array(hostileText, { maxLength: 3 }), (texts) => {
      const written: string[] = [];
      const output = createOutput();
      const write = output.stream.write;
      output.stream.write = (part: string | Uint8Array) => written.push(String(part)) > 0;
      try {
        output.print(...texts.map((text) => `\u001b[31mours\u001b[39m ${text}`));
      } finally {
        output.stream.write = write;
      }
      const all = written.join('');
      expect(all.split('\u001b[31mours\u001b[39m')).toHaveLength(texts.length + 1);
      expectShownLines(all.replaceAll(COLOUR, '').split('\n'));
    }),
  ));
