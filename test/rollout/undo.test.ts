import { describe, expect, test } from 'vitest';
import { addChecksum } from '../../src/rollout/checksum.js';
import {
  nameOfUndo,
  parseRollback,
  restoreSettingsOf,
  selectEntries,
  type UndoHead,
} from '../../src/rollout/rollback.js';
import { describeProblems } from '../../src/rollout/spec.js';
import {
  asConfirmed,
  countDowngrades,
  packUndoRecord,
  recordsOf,
  targetSchema,
  undoLog,
  undoPlan,
  unpackUndoRecord,
} from '../../src/rollout/undo.js';
import { parseUndoFile, UNDO_FORMAT, verifyUpload } from '../../src/rollout/undo-file.js';
import { arnOf, spec, target } from './builders.js';

const [web, api] = [target('web'), target('api')];
const entries = [
  { stage: 'canary', target: web },
  { stage: 'rest', target: api },
];

describe('an undo log', () => {
  test('leaves out what is back, and has what was changed after that again', () => {
    const log = undoLog([
      { at: 3, stage: 'again', changed: [api], restored: [], confirmed: [] },
      { at: 1, stage: 'all', changed: [web, api], restored: [], confirmed: [] },
      { at: 2, stage: 'restore', changed: [], restored: [web.arn, api.arn], confirmed: [] },
    ]);
    expect(log).toEqual([{ stage: 'again', target: api }]);
  });

  test('of a target that was changed twice goes back to the oldest options, where it was changed last', () => {
    const later = target('web', {
      before: { httpTokens: 'required', httpPutResponseHopLimit: 1 },
      desired: { httpPutResponseHopLimit: 2 },
    });
    expect(
      undoLog([
        { at: 1, stage: 'first', changed: [web, api], restored: [], confirmed: [] },
        { at: 2, stage: 'second', changed: [later], restored: [], confirmed: [] },
      ]),
    ).toEqual([
      { stage: 'first', target: api },
      {
        stage: 'second',
        target: {
          ...later,
          before: { httpTokens: 'optional', httpPutResponseHopLimit: 1 },
          desired: { httpTokens: 'required', httpPutResponseHopLimit: 2 },
        },
      },
    ]);
  });

  describe('says of which targets readings can be believed:', () => {
    const changed = (at: number, isSeen: boolean, of = web) => ({
      ...{ at, stage: 'all', changed: [of], restored: [] },
      confirmed: isSeen ? [of.arn] : [],
    });
    const hops = target('web', { before: { httpTokens: 'required' }, desired: { httpPutResponseHopLimit: 2 } });
    const backIn = (at: number) => asConfirmed([{ at, stage: '', changed: [], restored: [web.arn], confirmed: [] }]);

    test.each([
      ['its change was read back', [changed(1, true)], true],
      ['its change was never seen', [changed(1, false)], undefined],
      [
        'the later of two changes was read back with all fields of the first',
        [changed(1, false), changed(2, true)],
        true,
      ],
      ['the later of two was never seen', [changed(1, true), changed(2, false)], undefined],
      ['the later was of another field', [changed(1, false), changed(2, true, hops)], undefined],
      ['both were read back', [changed(1, true), changed(2, true, hops)], true],
      ['a rollback has read it back since', [changed(1, false), ...backIn(2)], true],
      ['it was changed again after that', [changed(1, false), ...backIn(2), changed(3, false)], undefined],
    ] as const)('%s', (_, records, confirmed) => {
      expect(undoLog(records)).toMatchObject([{ target: { arn: web.arn } }]);
      expect(undoLog(records)[0]?.confirmed).toBe(confirmed);
    });

    test('as its entries do, in a file', () => {
      const log = undoLog([changed(1, true), changed(2, false, api)]);
      expect(undoLog(recordsOf(log))).toEqual(log);
    });
  });

  test('is a plan of the stages that made the changes', () => {
    const plan = undoPlan(entries);
    expect(plan.stages).toMatchObject([
      { name: 'canary', bake: 0, targets: [web] },
      { name: 'rest', bake: 0, targets: [api] },
    ]);
    expect(plan.hash).toMatch(/^[0-9a-f]{64}$/);
    expect(undoPlan(entries.toReversed()).hash).not.toBe(plan.hash);
  });

  test('lets tokenless requests in again, unless tokens are kept', () => {
    expect(countDowngrades(entries, false)).toBe(2);
    expect(countDowngrades(entries, true)).toBe(0);
  });

  test.each([
    ['nothing that was asked for', { before: {}, desired: {} }],
    ['no value from before', { before: {}, desired: { httpTokens: 'required' as const } }],
  ])('has no target with %s', (_, options) => {
    expect(targetSchema.safeParse({ ...web, ...options, arn: arnOf('0f3e') }).success).toBe(false);
  });
});

describe('what a rollback names', () => {
  const twin = { stage: 'rest', target: target('web', { arn: arnOf('web', 'eu-west-1') }) };

  test('is all of it where nothing is named', () => {
    expect(selectEntries(entries, undefined)).toEqual({ entries });
  });

  test.each([['api'], ['us-east-1/api'], [api.arn]])('is found by %s', (name) => {
    expect(selectEntries(entries, [name])).toEqual({ entries: [{ stage: 'rest', target: api }] });
  });

  test('is refused where it is nothing, or more than one', () => {
    expect(selectEntries(entries, ['api', 'nobody'])).toEqual({
      refusal: '"nobody" has not been changed, or is back already.',
    });
    expect(selectEntries([...entries, twin], ['web'])).toEqual({
      refusal: '"web" is 2 targets: name them as us-east-1/web, eu-west-1/web.',
    });
  });
});

const head = (restore: object) => ({
  format: UNDO_FORMAT,
  rollout: { workflowId: 'a', runId: 'b' },
  writtenAt: '2026-11-25T10:00:00.000Z',
  restore,
  sha256: 'a'.repeat(64),
});

describe('the input of a rollback', () => {
  const restore = restoreSettingsOf(spec());

  test('has its defaults', () => {
    expect(parseRollback({ rollouts: [{ workflowId: 'a' }] })).toEqual({
      ok: true,
      rollback: { rollouts: [{ workflowId: 'a' }], wait: 0 },
    });
  });

  test('has an undo file whose entries are uploaded, instead of rollouts', () => {
    const upload = { targets: 2, file: head(restore), allowEdited: true };
    expect(parseRollback({ upload, wait: '1m' })).toMatchObject({ ok: true, rollback: { upload, wait: 60_000 } });
  });

  test.each([
    [undefined, 'rollback: is missing: give an object'],
    [{}, 'must name rollouts'],
    [{ rollouts: [{ workflowId: 'a' }], upload: { targets: 1, file: head(restore) } }, 'not both'],
    [{ rollouts: [{ workflowId: 'a' }], onyl: ['web'] }, 'did you mean "only"'],
    [{ upload: { targets: 1, file: { ...head(restore), entries: [] } } }, 'unknown field "entries"'],
    [{ upload: { targets: 1, file: head({ ...restore, pace: 1 }) } }, 'unknown field "pace": leave it out'],
  ])('%j is refused: %s', (input, says) => {
    const check = parseRollback(input);
    expect(check.ok ? '' : describeProblems(check.problems)).toContain(says);
  });

  test('takes its settings from the spec of the rollout', () => {
    const own = spec({ rollback: { concurrency: 3, keepTokens: true }, concurrency: { total: 9, perScope: 2 } });
    expect(restoreSettingsOf(own)).toMatchObject({ concurrency: { total: 3, perScope: 2 }, keepTokens: true });
    expect(restore).toMatchObject({ concurrency: { total: 20 }, keepTokens: false });
  });
});

describe('an undo file', () => {
  const content = {
    format: UNDO_FORMAT,
    rollout: { workflowId: 'a', runId: 'b', name: 'prod' },
    writtenAt: '2026-11-25T10:00:00.000Z',
    restore: restoreSettingsOf(spec()),
    entries: [{ stage: 'canary', target: { ...web, arn: arnOf('0f3e') } }],
  };
  const file = addChecksum(content);

  test('is read as it is, and out of a report', () => {
    expect(parseUndoFile(file)).toEqual({ ok: true, file });
    expect(parseUndoFile(addChecksum({ headline: '…', undo: file }))).toEqual({ ok: true, file });
  });

  test.each<[string, object, string]>([
    ['has no checksum', content, 'undo.sha256: was edited since it was written: it has no checksum'],
    ['was edited', { ...file, writtenAt: 'now' }, `undo.sha256: was edited since it was written: it states`],
    ['stands in a report without a checksum', { undo: file }, 'sha256: was edited since'],
    ['was edited in a report', addChecksum({ undo: { ...file, writtenAt: 'now' } }), 'undo.sha256: was edited since'],
    ['stands in a report that was edited', { ...addChecksum({ undo: file }), headline: 'good' }, 'sha256: was edited'],
  ])('that %s is refused, unless that is allowed', (_, input, says) => {
    const check = parseUndoFile(input);
    expect(check.ok ? '' : describeProblems(check.problems)).toContain(says);
    expect(parseUndoFile(input, { allowEdited: true })).toMatchObject({ ok: true });
  });

  test('that has more than this version knows is refused, since it would be dropped', () => {
    const check = parseUndoFile(addChecksum({ ...content, more: 1 }));
    expect(check.ok ? '' : describeProblems(check.problems)).toContain('unknown field "more"');
  });

  test.each([
    [null, 'must be an object, but is empty (null)'],
    ['file', 'must be an object, but is text'],
    [{ ...file, format: 'imds-rollout-undo/2' }, `must be ${UNDO_FORMAT}`],
    [
      addChecksum({ ...content, entries: [{ stage: 'canary', target: { ...web, before: {} } }] }),
      'must have a value in before for each field',
    ],
    [
      addChecksum({ ...content, entries: [{ stage: 'canary', target: { ...web, arn: 'web' } }] }),
      'must be the ARN of an instance',
    ],
  ])('that is %j is refused', (input, says) => {
    const check = parseUndoFile(input);
    expect(check.ok ? '' : describeProblems(check.problems)).toContain(says);
  });
});

describe('a record of a batch in a history', () => {
  const record = { at: 1, stage: 'all', changed: [web, api], restored: [], confirmed: [api.arn] };

  test('names the confirmed targets by their place, and is read back whole', () => {
    expect(packUndoRecord(record)).toEqual({ ...record, confirmed: [1] });
    expect(unpackUndoRecord(packUndoRecord(record))).toEqual(record);
  });

  test('names nobody by a place that there is not', () => {
    expect(unpackUndoRecord({ ...record, confirmed: [7] }).confirmed).toEqual([]);
  });
});

describe('an undo file that comes in parts', () => {
  const head: UndoHead = {
    format: UNDO_FORMAT,
    rollout: { workflowId: 'imds-rollout-prod', runId: 'run' },
    writtenAt: '2026-11-25T10:00:00.000Z',
    restore: restoreSettingsOf(spec()),
  };
  const { sha256 } = addChecksum({ ...head, entries });

  test('is the one that was announced, or it shows', () => {
    expect(verifyUpload({ ...head, sha256 }, entries).isIntact).toBe(true);
    expect(verifyUpload({ ...head, sha256 }, entries.slice(1)).isIntact).toBe(false);
  });

  test('is called by the name of its spec, or by its workflow ID', () => {
    expect(nameOfUndo(head)).toBe('imds-rollout-prod');
    expect(nameOfUndo({ ...head, rollout: { ...head.rollout, name: 'prod' } })).toBe('prod');
  });
});
