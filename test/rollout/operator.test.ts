import { describe, expect, test } from 'vitest';
import { type OperatorMessage, type OperatorState, refusal, refusalOfRollback } from '../../src/rollout/operator.js';
import { actionsNow } from '../../src/rollout/operator-actions.js';
import type { Phase } from '../../src/rollout/status.js';

const HASH = 'a'.repeat(64);
const AT = '2026-11-25T10:00:00.000Z';
const pause: OperatorMessage = { kind: 'pause' };
const resume: OperatorMessage = { kind: 'resume' };
const approve: OperatorMessage = { kind: 'approve' };
const reject: OperatorMessage = { kind: 'reject' };
const skipBake: OperatorMessage = { kind: 'skipBake' };
const revert: OperatorMessage = { kind: 'revert' };
const halt: OperatorMessage = { kind: 'abort', mode: 'halt' };
const rollback: OperatorMessage = { kind: 'abort', mode: 'rollback' };

const state = (phase: Phase, more: Partial<OperatorState> = {}): OperatorState => ({
  phase,
  waiting: null,
  planHash: HASH,
  ...more,
});
const waitsForEvidence = state('waiting', { waiting: { for: 'evidence', since: AT }, waitingStage: 'canary' });
const baking = state('waiting', { waiting: { for: 'bake', since: AT }, waitingStage: 'canary' });
const waitsForApproval = state('waiting', { waiting: { for: 'approval', since: AT }, waitingStage: 'canary' });
const outside = state('waiting', { waiting: { for: 'window', since: AT }, waitingStage: 'canary' });
const aborted = (mode: 'halt' | 'rollback') => ({ at: AT, event: 'abort', by: 'ops', mode });

const OK = undefined;
const NOTHING = 'Nothing waits for an approval now.';

describe('every message in every phase', () => {
  test.each<
    [
      string,
      OperatorState,
      Record<
        'pause' | 'resume' | 'approve' | 'reject' | 'skipBake' | 'revert' | 'halt' | 'rollback',
        string | undefined
      >,
    ]
  >([
    [
      'planning',
      state('planning'),
      {
        pause: OK,
        resume: OK,
        approve: NOTHING,
        reject: NOTHING,
        skipBake: 'No stage is baking now.',
        revert: 'Nothing has been changed yet: there is nothing to revert.',
        halt: OK,
        rollback: OK,
      },
    ],
    [
      'applying',
      state('applying'),
      {
        pause: OK,
        resume: OK,
        approve: NOTHING,
        reject: NOTHING,
        skipBake: 'No stage is baking now.',
        revert: OK,
        halt: OK,
        rollback: OK,
      },
    ],
    [
      'baking',
      baking,
      { pause: OK, resume: OK, approve: NOTHING, reject: NOTHING, skipBake: OK, revert: OK, halt: OK, rollback: OK },
    ],
    [
      'waiting for evidence',
      waitsForEvidence,
      {
        pause: OK,
        resume: OK,
        approve: OK,
        reject: OK,
        skipBake: 'No stage is baking now.',
        revert: OK,
        halt: OK,
        rollback: OK,
      },
    ],
    [
      'waiting for an approval',
      waitsForApproval,
      {
        pause: OK,
        resume: OK,
        approve: OK,
        reject: OK,
        skipBake: 'No stage is baking now.',
        revert: OK,
        halt: OK,
        rollback: OK,
      },
    ],
    [
      'waiting for health readings',
      state('waiting', { waiting: { for: 'health', since: AT }, waitingStage: 'canary' }),
      {
        pause: OK,
        resume: OK,
        approve: OK,
        reject: OK,
        skipBake: 'No stage is baking now.',
        revert: OK,
        halt: OK,
        rollback: OK,
      },
    ],
    [
      'outside the windows',
      outside,
      {
        pause: OK,
        resume: OK,
        approve: NOTHING,
        reject: NOTHING,
        skipBake: 'No stage is baking now.',
        revert: OK,
        halt: OK,
        rollback: OK,
      },
    ],
    [
      'verifying',
      state('verifying'),
      {
        pause: OK,
        resume: OK,
        approve: NOTHING,
        reject: NOTHING,
        skipBake: 'No stage is baking now.',
        revert: OK,
        halt: OK,
        rollback: OK,
      },
    ],
    [
      'reverting',
      state('reverting'),
      {
        pause: "The rollout is being rolled back, which isn't held: pause has no effect.",
        resume: "The rollout is being rolled back, which isn't held: resume has no effect.",
        approve: "The rollout is being rolled back, which isn't held: approve has no effect.",
        reject: "The rollout is being rolled back, which isn't held: reject has no effect.",
        skipBake: "The rollout is being rolled back, which isn't held: skipBake has no effect.",
        revert: "The rollout is being rolled back, which isn't held: revert has no effect.",
        halt: "The rollout is being rolled back, and a way back isn't left half done: wait until it has ended.",
        rollback: OK,
      },
    ],
    [
      'ended',
      state('ended'),
      {
        pause: 'The rollout has ended: there is nothing left to pause.',
        resume: 'The rollout has ended: there is nothing left to resume.',
        approve: 'The rollout has ended: there is nothing left to approve.',
        reject: 'The rollout has ended: there is nothing left to reject.',
        skipBake: 'The rollout has ended: there is nothing left to skipBake.',
        revert: 'The rollout has ended: there is nothing left to revert.',
        halt: 'The rollout has ended: there is nothing left to abort.',
        rollback: 'The rollout has ended: there is nothing left to abort.',
      },
    ],
    [
      'aborted to a halt, which may become a rollback',
      state('applying', { aborted: aborted('halt') }),
      {
        pause: 'The rollout was aborted by ops: pause has no effect any more.',
        resume: 'The rollout was aborted by ops: resume has no effect any more.',
        approve: 'The rollout was aborted by ops: approve has no effect any more.',
        reject: 'The rollout was aborted by ops: reject has no effect any more.',
        skipBake: 'The rollout was aborted by ops: skipBake has no effect any more.',
        revert: 'The rollout was aborted by ops: revert has no effect any more.',
        halt: OK,
        rollback: OK,
      },
    ],
    [
      'aborted to a rollback, which stays one',
      state('applying', { aborted: aborted('rollback') }),
      {
        pause: 'The rollout was aborted by ops: pause has no effect any more.',
        resume: 'The rollout was aborted by ops: resume has no effect any more.',
        approve: 'The rollout was aborted by ops: approve has no effect any more.',
        reject: 'The rollout was aborted by ops: reject has no effect any more.',
        skipBake: 'The rollout was aborted by ops: skipBake has no effect any more.',
        revert: 'The rollout was aborted by ops: revert has no effect any more.',
        halt: "The rollout was aborted with rollback by ops: that can't become a halt.",
        rollback: OK,
      },
    ],
  ])('%s', (_, given, answers) => {
    const said = { pause, resume, approve, reject, skipBake, revert, halt, rollback };
    expect({
      pause: refusal(said.pause, given),
      resume: refusal(said.resume, given),
      approve: refusal(said.approve, given),
      reject: refusal(said.reject, given),
      skipBake: refusal(said.skipBake, given),
      revert: refusal(said.revert, given),
      halt: refusal(said.halt, given),
      rollback: refusal(said.rollback, given),
    }).toEqual(answers);
  });
});

test('pausing twice, and resuming without a pause, are accepted: they change nothing more', () => {
  expect(refusal(pause, baking)).toBeUndefined();
  expect(refusal(resume, baking)).toBeUndefined();
});

describe('an approval that names a stage or a plan must name the ones that wait', () => {
  test.each<[string, { readonly stage?: string; readonly planHash?: string }, string | undefined]>([
    ['the right stage', { stage: 'canary' }, OK],
    ['the right plan', { planHash: HASH }, OK],
    ['both', { stage: 'canary', planHash: HASH }, OK],
    ['another stage', { stage: 'early' }, 'Stage "canary" waits for an approval, not "early".'],
    ['another plan', { planHash: 'b' }, `The plan of this run is ${HASH}, not b.`],
  ])('%s', (_, names, answer) => {
    expect(refusal({ kind: 'approve', ...names }, waitsForEvidence)).toBe(answer);
  });
});

test('an abort without a name is told without one', () => {
  expect(refusal(pause, state('applying', { aborted: { at: AT, event: 'abort', mode: 'halt' } }))).toBe(
    'The rollout was aborted: pause has no effect any more.',
  );
});

test('a rollback is aborted only while it goes on, and only to leave the rest', () => {
  expect(refusalOfRollback('halt', { phase: 'reverting' })).toBeUndefined();
  expect(refusalOfRollback(undefined, { phase: 'reverting' })).toBeUndefined();
  expect(refusalOfRollback('rollback', { phase: 'reverting' })).toMatch(/what it has taken back stays back/);
  expect(refusalOfRollback('halt', { phase: 'ended' })).toMatch(/nothing left to abort/);
});

test('what can be done now is offered by the plan that it is meant for too', () => {
  const status = { phase: 'waiting', stage: 'canary', waiting: waitsForEvidence.waiting, planHash: HASH } as const;
  expect(actionsNow({ ...status, counts: { total: 1, inFlight: 0 } }).map(({ update }) => update)).toEqual([
    'approve',
    'reject',
    'pause',
    'abort',
  ]);
});
