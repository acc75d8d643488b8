import type { AuditJson } from '../../src/cli/json/audit.js';
import type { ListedRollout } from '../../src/cli/json/list.js';
import type { ScheduleJson } from '../../src/cli/json/schedule.js';
import type { RolloutOutcome } from '../../src/client/index.js';
import { addChecksum } from '../../src/rollout/checksum.js';
import type { RolloutStatus } from '../../src/rollout/status.js';
import type { UndoFile } from '../../src/rollout/undo-file.js';
import { CLOSED, fleet, instance, OPEN, planOf, target } from '../rollout/builders.js';

/** A moment within the samples, in milliseconds. */
export const NOW = Date.parse('2026-11-25T12:00:00.000Z');
const AT = '2026-11-25T10:00:00.000Z';
const LATER = '2026-11-25T14:00:00.000Z';
const ENTRY = { at: AT, event: 'pause', by: 'ann', reason: 'a look' } as const;
const COUNTS = { total: 4, inFlight: 1, changed: 1, failed: 1 } as const;

/** A status in which everything that there may be is there. */
export const STATUS: RolloutStatus = {
  name: 'prod',
  title: '1 of 4 require IMDSv2',
  phase: 'waiting',
  stage: 'early',
  waiting: { for: 'approval', since: AT, until: LATER, reason: 'stage early' },
  counts: COUNTS,
  stages: [
    { name: 'canary', size: 1, counts: { total: 1, inFlight: 0, changed: 1 } },
    { name: 'early', size: 3, counts: { total: 3, inFlight: 1, failed: 1 } },
  ],
  budget: { failed: 1, allowedInStage: 1, maxTotal: 2, tripped: '1 of 1 failed' },
  unreadable: '1 of 2 instances',
  evidence: { allowed: [{ arn: target('web-3').arn, name: 'web-3', detail: '12 calls' }] },
  planHash: 'hash',
  warnings: ['nothing would show broken credentials'],
  paused: ENTRY,
  aborted: { ...ENTRY, mode: 'halt' },
  rollbackUntil: LATER,
  failures: ['us-east-1/web-2: AccessDeniedException: no'],
  log: [ENTRY, { at: AT, event: 'planned 4 changes' }],
};

/** A rollout that ended badly, with everything that may be said of it. */
export const OUTCOME: RolloutOutcome = {
  status: 'failed',
  type: 'RolloutHalted',
  message: 'Halted.\nus-east-1/web-2 failed',
  result: {
    ended: 'halted',
    title: '1 of 4 require IMDSv2',
    reason: 'rejected by ann',
    counts: COUNTS,
    stages: STATUS.stages,
    exceptions: [
      { scope: '111122223333:us-east-1', name: 'web-2', arn: target('web-2').arn, outcome: 'failed', reason: 'no' },
    ],
    exceptionsLeftOut: 2,
    evidence: { allowed: [{ arn: target('web-3').arn, name: 'web-3', detail: '12 calls' }], allowedLeftOut: 1 },
    coverage: { total: 4, required: 1, optional: 2, unknown: 1, newSincePlan: 1 },
    downgraded: 1,
    planHash: 'hash',
    rollbackUntil: LATER,
  },
};

/** A plan over two accounts and two regions, with all that a plan may say. */
export const PLAN = {
  ...planOf(
    {
      stages: [
        { name: 'canary', size: 1, bake: '1h', approval: {} },
        { name: 'rest', size: 'rest' },
      ],
    },
    [
      ...fleet(3),
      ...fleet(2, { region: 'eu-west-1', account: '444455556666', blueprint: 'windows_2022' }),
      instance('safe', { options: CLOSED }),
      instance('odd', { options: { ...OPEN, httpEndpoint: 'disabled' } }),
      instance('mine', { tags: { 'imds-rollout': 'skip' } }),
    ],
  ),
  allowed: [{ arn: target('web-3').arn, name: 'web-3', detail: '12 calls' }],
  warnings: ['nothing would show broken credentials'],
};

export const LISTED: ListedRollout = {
  workflowId: 'imds-rollout-prod',
  runId: 'run',
  kind: 'rollout',
  name: 'prod',
  planHash: 'hash',
  taskQueue: 'queue',
  state: 'open',
  answered: true,
  phase: 'waiting',
  stage: 'early',
  waiting: { for: 'bake', since: AT, until: LATER, reason: 'stage early' },
  startedAt: AT,
  endedAt: null,
  counts: COUNTS,
};

export const AUDIT: AuditJson = {
  at: LATER,
  policy: { httpTokens: 'required' },
  regions: ['us-east-1', 'eu-west-1'],
  unread: [{ account: '111122223333', region: 'eu-west-1', why: 'AccessDeniedException: no' }],
  counts: { noncompliant: 1, unknown: 1, exempt: 0, compliant: 0 },
  instances: ['noncompliant' as const, 'unknown' as const].map((posture) => ({
    account: '111122223333',
    region: 'us-east-1',
    name: 'web-1',
    arn: target('web-1').arn,
    state: 'running',
    blueprint: 'ubuntu_22_04',
    createdAt: AT,
    options: { httpTokens: 'optional' as const, httpPutResponseHopLimit: 1 },
    posture,
    why: 'httpTokens optional',
    usage: { calls: 12, lastUsed: AT, hours: 300, expected: 336 },
  })),
  usage: { lookback: '14d', unread: ['web-2: no'] },
};

export const SCHEDULE: ScheduleJson = {
  scheduleId: 'imds-rollout-prod',
  namespace: 'default',
  address: '127.0.0.1:7233',
  name: 'prod',
  state: 'paused',
  note: 'a look',
  spec: { name: 'prod', options: { httpTokens: 'required' }, targets: { regions: ['us-east-1'] } },
  problems: [{ path: 'options', message: 'is missing' }],
  warnings: ['a stage waits for an approval'],
  taskQueue: 'queue',
  timing: { words: ['every day'], cron: ['0 3 * * *'], every: [], calendar: [], timeZone: 'UTC', jitterMs: 0 },
  policy: { overlap: 'ALLOW_ALL', catchUpMs: 60_000, pauseOnFailure: true },
  nextTimes: [{ utc: LATER, local: '2026-11-25T15:00:00+01:00' }],
  runs: [
    {
      workflowId: 'one',
      runId: 'run',
      scheduledAt: AT,
      startedAt: AT,
      endedAt: null,
      state: 'open',
      now: 'baking',
      counts: COUNTS,
    },
    {
      workflowId: 'two',
      runId: 'run',
      scheduledAt: AT,
      startedAt: AT,
      endedAt: LATER,
      state: 'failed',
      error: 'PlanFailed',
      counts: null,
    },
  ],
  counts: { started: 2, skippedOverlap: 1, missedCatchUp: 1 },
  createdAt: AT,
  updatedAt: null,
};

export const UNDO: UndoFile = addChecksum({
  format: 'imds-rollout-undo/1',
  rollout: { workflowId: 'imds-rollout-prod', runId: 'run', name: 'prod', taskQueue: 'queue' },
  writtenAt: AT,
  restore: {
    settings: { timeout: 600_000, pollInterval: 5_000, maxErrors: 5 },
    concurrency: { total: 20, perScope: 5 },
    keepTokens: false,
  },
  entries: [
    { stage: 'canary', target: target('web-1') },
    { stage: 'rest', target: target('web-2', { stopped: true }) },
  ],
});
