import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EXIT } from '../../src/cli/exit-codes.js';
import { hasFormat, KEPT_FORMATS, type KeptFormat } from '../../src/cli/kept-file.js';
import { describePlan } from '../../src/cli/plan-json.js';
import { addChecksum } from '../../src/rollout/checksum.js';
import { parseUndoFile } from '../../src/rollout/undo-file.js';
import { spec, WHOLE } from '../rollout/builders.js';
import { runHere } from '../support/run-here.js';
import { sampleReport } from '../support/sample-report.js';
import { edited, holds, jsonText } from './arbitraries.js';
import { PLAN, UNDO } from './samples.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'imds-rollout-edited-'));
  await writeFile(join(folder, 'spec.json'), JSON.stringify({ ...WHOLE, name: spec().name }));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function fileOf(text: string): Promise<string> {
  const path = join(folder, 'kept.json');
  await writeFile(path, text);
  return path;
}

const verify = (path: string) => ['report', '--verify', path];
const rollback = (path: string) => ['rollback', '--yes', '--from', path, '--address', '127.0.0.1:1'];

/** A file of each format, and every command that reads it. */
const FILES: readonly {
  readonly what: string;
  readonly format: KeptFormat;
  readonly file: object;
  readonly readers: readonly ((path: string) => readonly string[])[];
}[] = [
  {
    what: 'plan',
    format: 'imds-rollout-plan/1',
    file: describePlan(spec(), PLAN, { until: 'canary' }),
    readers: [
      verify,
      (path) => ['report', '--plan', path],
      (path) => ['start', join(folder, 'spec.json'), '--yes', '--plan', path, '--address', '127.0.0.1:1'],
    ],
  },
  { what: 'undo file', format: 'imds-rollout-undo/1', file: UNDO, readers: [verify, rollback] },
  {
    what: 'report',
    format: 'imds-rollout-report/1',
    file: addChecksum(sampleReport(1, { undo: UNDO })),
    readers: [verify, rollback],
  },
];

it('every format of a file that is read back is tried here', () => {
  expect(FILES.map(({ format }) => format)).toEqual(KEPT_FORMATS);
});

describe.each(FILES)('a $what', ({ file, format, readers }) => {
  it('with any single edit is refused by everything that reads it, and named', () =>
    holds(
      fc.asyncProperty(edited(file), async (value) => {
        const text = jsonText(value);
        const path = await fileOf(text);
        const keepsFormat = hasFormat(text, format);
        for (const reader of readers) {
          const { code, stdout, stderr } = await runHere(reader(path));
          expect(code, stderr).toBe(EXIT.badInput);
          expect(stdout + stderr).toContain(path);
          expect(stdout + stderr).toMatch(
            keepsFormat ? /was edited since it was written|nested too deep/ : /is no |isn't JSON/,
          );
        }
        if (readers.includes(rollback)) expect(parseUndoFile(value)).toMatchObject({ ok: false });
      }),
    ));

  it('with any byte changed is the same content, or refused', () => {
    const text = JSON.stringify(file);
    return holds(
      fc.asyncProperty(fc.nat(text.length - 1), fc.constantFrom(...'0a"{, x'), async (at, char) => {
        const changed = `${text.slice(0, at)}${char}${text.slice(at + 1)}`;
        const { code } = await runHere(verify(await fileOf(changed)));
        expect(code).toBe(sameJson(changed, text) ? EXIT.done : EXIT.badInput);
      }),
    );
  });

  it('laid out anew is as it was written', async () => {
    for (const indent of [0, 4]) {
      const { code, stdout } = await runHere(verify(await fileOf(JSON.stringify(file, null, indent))));
      expect(code).toBe(EXIT.done);
      expect(stdout).toContain('is as it was written');
    }
  });
});

function sameJson(one: string, other: string): boolean {
  try {
    expect(JSON.parse(one)).toEqual(JSON.parse(other));
    return true;
  } catch {
    return false;
  }
}
