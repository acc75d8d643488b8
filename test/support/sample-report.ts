import { createHash } from 'node:crypto';
import type { Report, ReportInstance } from '../../src/client/index.js';
import { countAll, countStages } from '../../src/history/report/report-parts.js';

const START = Date.parse('2026-11-24T08:00:00.000Z');
const HOUR = 3_600_000;
const ACCOUNTS = ['111122223333', '444455556666'] as const;
const REGIONS = ['us-east-1', 'eu-west-1'] as const;

/** Names that nobody may choose at AWS, and that must do no harm wherever they come from. */
export const HOSTILE = {
  script: '<script>alert(1)</script>',
  attribute: '" onmouseover="alert(1)',
  formula: "=cmd|' /C calc'!A0",
  plus: '+1+1',
  table: 'web|`rm -rf`|*x*',
  bidi: 'web\u202e1-bew\u2066',
  control: 'web\u001b[2J-1\u0007',
  lines: 'web-1\n| x | y |\n<!-- -->',
} as const;

const iso = (ms: number) => new Date(ms).toISOString();

/** An ID that looks like those of AWS, and is the same every time. */
function idOf(seed: string): string {
  const hex = createHash('sha256').update(seed).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-');
}

/** A report of so many instances that were changed within a day, some with a failure, and each hostile name once. */
export function sampleReport(count: number, changes: Partial<Report> = {}): Report {
  const instances = [
    ...Array.from({ length: count }, (_, index) => sampleInstance(index, count)),
    ...Object.values(HOSTILE).map((name, index) => ({
      ...sampleInstance(count + index, count),
      name,
      reason: name,
      outcome: 'skipped(drifted)',
      settledAt: null,
      stage: 'rest',
      after: null,
      update: null,
      restore: null,
    })),
  ];
  const sizeOf = (stage: string) => instances.filter((instance) => instance.stage === stage).length;
  const times = new Map([
    ['canary', { startedAt: START + 60_000, endedAt: START + HOUR / 2 }],
    ['rest', { startedAt: START + 8 * HOUR, endedAt: START + 10 * HOUR }],
  ]);
  const stages = [...times].map(([name, { startedAt, endedAt }]) => ({ name, startedAt, endedAt }));
  const counts = countAll(instances);
  const changed = instances.filter(({ outcome }) => outcome === 'changed').length;
  return {
    format: 'imds-rollout-report/1',
    kind: 'rollout',
    headline: `${changed} of ${instances.length} instances require IMDSv2; ${counts.failed ?? 0} failed, ${counts.blocked ?? 0} waived, ${counts.skipped ?? 0} skipped`,
    writtenAt: iso(START + 12 * HOUR),
    rollout: {
      workflowId: 'imds-rollout-prod --> x',
      runId: idOf('run'),
      earlierRuns: [],
      name: 'prod-imdsv2',
      status: 'COMPLETED',
      namespace: 'default',
      taskQueue: 'lightsail-imds-rollout',
      startedBy: '4711@ops-laptop',
      startedAt: iso(START),
      endedAt: iso(START + 11 * HOUR),
    },
    ended: 'completed',
    reason: null,
    versions: {
      report: '0.1.0',
      worker: '0.1.0',
      temporalSdk: 'temporal-typescript 1.24.0',
      temporalServer: '1.32.0',
      workerBuilds: ['@temporalio/worker@1.24.0+10f69a85308a'],
    },
    spec: {
      input: { name: 'prod-imdsv2', options: { httpTokens: 'required' }, targets: { regions: [...REGIONS] } },
      sha256: createHash('sha256').update('spec').digest('hex'),
    },
    bounds: {},
    planHash: createHash('sha256').update('plan').digest('hex'),
    scopes: [
      ...ACCOUNTS.flatMap((account) =>
        REGIONS.map((region) => {
          const own = instances.filter((one) => one.account === account && one.region === region);
          return {
            account,
            region,
            state: 'scanned' as const,
            why: null,
            found: own.length,
            planned: own.filter(({ stage }) => stage !== null).length,
            caller: `arn:aws:sts::${account}:assumed-role/imds-rollout/imds-rollout-prod`,
          };
        }),
      ),
      {
        account: ACCOUNTS[0],
        region: 'ap-southeast-3',
        state: 'passed over',
        why: 'not opted in',
        found: 0,
        planned: 0,
        caller: null,
      },
    ],
    counts,
    coverage: {
      total: instances.length,
      required: changed,
      optional: instances.length - changed,
      unknown: 0,
      newSincePlan: 2,
    },
    stages: countStages(
      {
        stages: stages.map(({ name }) => ({
          name,
          bake: name === 'canary' ? 7 * HOUR : 900_000,
          concurrency: 10,
          targets: instances
            .slice(0, sizeOf(name))
            .map(({ arn, name: called }) => ({ arn, name: called, before: {}, desired: {} })),
        })),
      },
      instances,
      times,
    ),
    holds: [
      { for: 'bake', stage: 'canary', since: iso(START + HOUR / 2), until: iso(START + 7.5 * HOUR), reason: null },
      { for: 'approval', stage: 'rest', since: iso(START + 7.5 * HOUR), until: iso(START + 8 * HOUR), reason: null },
      {
        for: 'paused',
        stage: null,
        since: iso(START + 8.6 * HOUR),
        until: iso(START + 9 * HOUR),
        reason: 'ann: a look',
      },
      { for: 'bake', stage: 'rest', since: iso(START + 10 * HOUR), until: iso(START + 10.25 * HOUR), reason: null },
    ],
    messages: [
      {
        at: iso(START + 8 * HOUR),
        message: 'approve',
        by: 'bob@example.com',
        reason: 'CHG-7 <b>',
        identity: '99@host',
        says: 'stage rest',
        answered: 'taken',
      },
      {
        at: iso(START + 8.6 * HOUR),
        message: 'pause',
        by: 'ann',
        reason: 'a look',
        identity: '99@host',
        says: null,
        answered: 'taken',
      },
      {
        at: iso(START + 9 * HOUR),
        message: 'resume',
        by: 'ann',
        reason: null,
        identity: '99@host',
        says: null,
        answered: 'taken',
      },
    ],
    events: [{ at: iso(START + 10.9 * HOUR), event: 'verified by a last sweep' }],
    waivers: [
      { names: ['legacy-*'], reason: 'old agent', owner: 'ops', until: '2027-03-01', instances: counts.blocked ?? 0 },
    ],
    allowed: [],
    downgraded: instances.filter(({ downgraded }) => downgraded).map(({ arn }) => arn),
    instances,
    warnings: ['Passed over, as not opted in: ap-southeast-3.'],
    gaps: [],
    ...changes,
  };
}

function sampleInstance(index: number, count: number): ReportInstance {
  const account = ACCOUNTS[index % ACCOUNTS.length] ?? '';
  const region = REGIONS[Math.floor(index / 2) % REGIONS.length] ?? '';
  const name = `web-${index + 1}`;
  const isCanary = index < Math.max(1, count / 50);
  const sent = isCanary ? START + 60_000 + index * 20_000 : START + 8 * HOUR + (index / Math.max(1, count)) * 2 * HOUR;
  const isFailed = index % 97 === 41;
  const isWaived = index % 101 === 55;
  const options = { httpTokens: 'optional', httpPutResponseHopLimit: 1 } as const;
  const wanted = { httpTokens: 'required', httpPutResponseHopLimit: 2 } as const;
  const fate = isWaived ? 'blocked(waived)' : isFailed ? 'failed(unhealthy)' : 'changed';
  return {
    account,
    region,
    name,
    arn: `arn:aws:lightsail:${region}:${account}:Instance/${idOf(name)}`,
    stage: isWaived ? null : isCanary ? 'canary' : 'rest',
    before: options,
    wanted,
    after: isWaived ? null : isFailed ? options : wanted,
    outcome: fate,
    reason: isWaived
      ? 'old agent, owner ops, until 2027-03-01'
      : isFailed
        ? 'http://203.0.113.7/health: status 503, 200 before'
        : null,
    settledAt: isWaived ? null : iso(sent + 25_000),
    update: isWaived ? null : { requestId: idOf(`update ${name}`), sentAt: iso(sent) },
    restore: isFailed
      ? {
          outcome: 'restored',
          requestId: idOf(`restore ${name}`),
          sentAt: iso(sent + 300_000),
          settledAt: iso(sent + 330_000),
        }
      : null,
    downgraded: isFailed,
    tokenless: isWaived
      ? { calls: 412, lastUsed: iso(START - HOUR), hours: 300, expected: 336, readAt: iso(START) }
      : { calls: 0, lastUsed: null, hours: 336, expected: 336, readAt: iso(START) },
    health: isWaived
      ? null
      : { before: 'pass', after: isFailed ? 'fail' : 'pass', reason: isFailed ? 'status 503' : null },
  };
}
