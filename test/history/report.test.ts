import { describe, expect, it, test } from 'vitest';
import { reportJsonSchema } from '../../src/cli/json/report.js';
import { addChecksum, type Report, reportText } from '../../src/client/index.js';
import { WATCH } from '../../src/history/names.js';
import type { ActivityRecord } from '../../src/history/report/activities.js';
import { headlineOf } from '../../src/history/report/headline.js';
import { HealthBook } from '../../src/history/report/health-facts.js';
import { readHolds } from '../../src/history/report/holds.js';
import { type ReportInstance, readReport } from '../../src/history/report/index.js';
import { countAll } from '../../src/history/report/report-parts.js';
import { watchId } from '../../src/rollout/watch-groups.js';
import { recordedNames } from '../replay/corpus.js';
import { recordedClient } from '../support/recorded-client.js';

/** The report of a recorded run, with the recorded ones of its children; the histories of the others are gone. */
async function reportOf(name: string, ...children: string[]): Promise<Report> {
  const { client, ref, outcome } = await recordedClient(name, children);
  return readReport(client, ref, () => Promise.resolve(outcome), '1.2.3');
}

const outcomes = ({ instances }: Report) =>
  instances.map(({ outcome, restore }) => (restore === null ? outcome : `${outcome}, ${restore.outcome}`));

const holds = (report: Report) => report.holds.map(({ for: kind, stage }) => (stage ? `${kind} ${stage}` : kind));

const rollouts = (await recordedNames()).filter((name) => name.endsWith('-rollout'));

describe('the report of a recorded run', () => {
  it.each(rollouts)(
    '%s counts what the run has counted, though the histories of its batches are gone',
    async (name) => {
      const report = await reportOf(name);
      const counts = Object.entries(report.outcome?.result?.counts ?? {}).filter(([, count]) => count > 0);
      // Cancelled, or ended before there was anything to change: such a run says nothing of its own.
      const isTold = report.counts.total > 0 && report.outcome?.result !== undefined;
      expect(counts.length > 0).toBe(isTold);
      expect(report.counts).toMatchObject(Object.fromEntries(counts));
      expect(report.gaps.join()).not.toMatch(/differ/);
      expect(reportJsonSchema.parse(JSON.parse(reportText(addChecksum(report))))).toBeDefined();
    },
  );

  it.each(rollouts)('%s has a headline whose numbers add up', async (name) => {
    const { headline, kind, ended } = await reportOf(name);
    if (kind === 'rollback' || ended.startsWith('roll')) return;
    const [good = 0, total, ...others] = [...headline.replaceAll('IMDSv2', '').matchAll(/\d+/g)].map(Number);
    expect(
      others.reduce((sum, count) => sum + count, good),
      headline,
    ).toBe(total);
  });

  it('leaves alone what a run of a schedule has passed over, though its result has no room to name it', async () => {
    const { client, ref, outcome } = await recordedClient('frozen-rollout', []);
    const made = await readReport(client, ref, () => Promise.resolve(outcome), '1.2.3');
    const total = made.counts.total;
    const size = made.stages.reduce((sum, stage) => sum + stage.size, 0);
    const [, second] = made.instances;
    if (second === undefined || outcome.result === undefined) throw new Error('there is too little in it');
    const { arn, name, account, region } = second;
    const result = {
      ...outcome.result,
      ended: 'completed' as const,
      counts: { skipped: size, total, inFlight: 0 },
      stages: outcome.result.stages.map((stage) => ({ ...stage, size: 0, counts: { total: 0, inFlight: 0 } })),
      exceptions: [{ scope: `${account}:${region}`, name, arn, outcome: 'skipped(busy)', reason: 'prod writes there' }],
    };
    const report = await readReport(client, ref, () => Promise.resolve({ status: 'completed', result }), '1.2.3');
    expect(report.counts).toEqual({ skipped: size, total, inFlight: 0 });
    expect(report.gaps.join()).not.toMatch(/differ/);
    expect(report.stages.map((stage) => stage.size)).toEqual(made.stages.map(() => 0));
    expect(new Set(report.instances.map(({ outcome, reason }) => `${outcome}: ${reason}`))).toEqual(
      new Set(['skipped(busy): prod writes there']),
    );
  });

  it('says what was changed and taken back, and which histories are gone', async () => {
    const report = await reportOf('rolled-back-rollout', 'rolled-back-batch', 'rolled-back-restore');
    expect(report.headline).toBe('Rolled back: 6 instances went back to the options before; 1 failed');
    expect(outcomes(report).toSorted()).toEqual([...Array(5).fill('changed, restored'), 'failed(api-error), restored']);
    expect(report.gaps).toContainEqual(expect.stringMatching(/^The history of 1 batch is gone: request IDs/));
    expect(report.downgraded).toHaveLength(report.instances.filter(({ downgraded }) => downgraded).length);
    // One of the batches is there, so when its instances were done is known.
    expect(report.instances.filter(({ settledAt }) => settledAt !== null)).toHaveLength(5);
  });

  it.each([
    ['approved-rollout', ['bake canary', 'approval rest'], ['skipBake', 'approve']],
    ['frozen-rollout', ['approval all', 'freeze'], ['approve', 'abort']],
    ['blind-rollout', ['bake canary', 'health'], ['skipBake', 'approve']],
    ['aborted-rollout', ['paused'], ['pause', 'resume', 'abort']],
  ] as const)('%s says what it waited for, and who said what', async (name, waited, messages) => {
    const report = await reportOf(name);
    expect(holds(report)).toEqual(expect.arrayContaining([...waited]));
    expect(report.messages.map(({ message }) => message)).toEqual(messages);
  });

  it('tells of instances that an operator or a health check has sent back', async () => {
    expect(outcomes(await reportOf('reverted-rollout'))).toEqual(
      expect.arrayContaining(['failed(operator), restored', 'skipped(operator)', 'changed']),
    );
    const unhealthy = await reportOf('unhealthy-rollout');
    expect(outcomes(unhealthy)).toContain('failed(unhealthy), restored');
    expect(unhealthy.instances.find(({ outcome }) => outcome === 'failed(unhealthy)')?.health).toMatchObject({
      after: 'fail',
      reason: expect.any(String),
    });
  });

  it('tells of evidence before the change, and of those that it has held back', async () => {
    const report = await reportOf('weighed-rollout');
    expect(report.headline).toBe('4 of 6 instances require IMDSv2; 2 blocked');
    expect(report.instances.map(({ name, tokenless }) => [name, tokenless && Object.keys(tokenless)[0]])).toEqual([
      ['busy-1', 'calls'],
      ['busy-2', 'calls'],
      ['dark-1', 'unknown'],
      ['web-1', 'calls'],
      ['web-2', 'calls'],
      ['web-3', 'calls'],
    ]);
  });

  it.each([
    ['rollback', /^Rolled back: (\d) of \1 changed instances went back/],
    ['aborted-rollback', /^Aborted: \d of \d changed instances went back to the options before; \d not started$/],
    ['uploaded-rollback', /^Rolled back: 4 of 4 changed instances went back/],
    ['made-plan', /^A plan, not carried out: 1 of 4 instances would change in 1 stage; 3 skipped$/],
  ])('%s is told too', async (name, headline) => {
    const report = await reportOf(name, ...(name === 'rollback' ? ['rollback-restore'] : []));
    expect(report.headline).toMatch(headline);
    expect(reportJsonSchema.parse(JSON.parse(reportText(addChecksum(report))))).toBeDefined();
  });
});

test('a headline counts what was taken back, what may be changed and what is new', () => {
  const outcomes = [
    'changed',
    'compliant',
    'changed, restored',
    'changed, drifted',
    'may be changed',
    'failed(operator)',
  ];
  const instances = outcomes.map((text) => {
    const [outcome = '', back] = text.split(', ');
    const restore = back === undefined ? null : { outcome: back, requestId: null, sentAt: null, settledAt: null };
    return { ...NOTHING_KNOWN, outcome, restore };
  });
  const coverage = { total: 8, required: 4, optional: 4, unknown: 0, newSincePlan: 2 };
  const known = { kind: 'rollout', instances, counts: countAll(instances), stages: [] } as const;
  expect(headlineOf({ ...known, coverage, ended: 'completed' })).toBe(
    '2 of 8 instances require IMDSv2; 1 may be changed, 1 failed, 1 taken back, 1 drifted, 2 new',
  );
  expect(headlineOf({ ...known, coverage: null, ended: 'terminated' })).toBe(
    'Terminated: 2 of 6 instances known to require IMDSv2; 1 may be changed, 1 failed, 1 taken back, 1 drifted',
  );
});

const NOTHING_KNOWN: Omit<ReportInstance, 'outcome' | 'restore'> = {
  ...{ account: '111122223333', region: 'us-east-1', name: 'web', arn: 'arn', stage: 'all', before: null, after: null },
  wanted: { httpTokens: 'required' },
  ...{ reason: null, settledAt: null, update: null, downgraded: false, tokenless: null, health: null },
};

describe('what nobody knows', () => {
  const known = { counts: { total: 0, inFlight: 0 }, coverage: null, instances: [], stages: [] } as const;

  it.each([
    ['running', 'A plan that is still being made'],
    ['failed', 'A plan that could not be made'],
  ] as const)('a plan that is %s is not said to be made', (ended, headline) => {
    expect(headlineOf({ ...known, kind: 'plan', ended })).toBe(headline);
  });

  it('is not when readings that were missing came back, in a run that went on', () => {
    const sources = { timers: [], messages: [], activities: [], stages: [] };
    const waits = [{ for: 'health', since: '2026-11-26T10:00:00.000Z' } as const];
    const endedAt = Date.parse('2026-11-27T10:00:00.000Z');
    expect(readHolds({ ...sources, waits, endedAt })).toMatchObject([{ for: 'health', until: null }]);
  });

  describe('of the health of an instance', () => {
    const arn = 'arn:aws:lightsail:us-east-1:111122223333:Instance/a1';
    const id = watchId(arn);
    /** A watch that began its last round, if it had any, at this time, and ended by being given another list. */
    const watch = (mode: 'before' | 'after', roundAt: number | undefined, streaks = {}): ActivityRecord => ({
      type: WATCH,
      eventId: 1,
      at: 0,
      input: {
        mode,
        scopes: [{ scope: { account: '111122223333', region: 'us-east-1' }, groups: [{ ids: [id] }] }],
      },
      end: {
        at: 1_000,
        ...(roundAt !== undefined && { startedAt: roundAt }),
        ...(roundAt !== undefined && {
          result: { scopes: [{ unhealthy: [], blind: [], recovered: [], observer: false, streaks }] },
        }),
      },
    });
    const tell = (activity: ActivityRecord, wrote = true, settledAt: number | undefined = 500) =>
      new HealthBook([activity]).tell(arn, wrote, settledAt);

    it.each([
      ['a round after its change', tell(watch('after', 600)), 'pass'],
      ['a round before its change', tell(watch('after', 400)), 'watched'],
      ['no round at all', tell(watch('after', undefined)), 'watched'],
      ['a row of bad readings', tell(watch('after', 600, { [id]: { fails: 2, blind: 0 } })), 'watched'],
      ['a change of unknown time', new HealthBook([watch('after', 600)]).tell(arn, true, undefined), 'watched'],
      ['no change', tell(watch('after', 600), false), null],
    ])('after %s', (_, health, after) => {
      expect(health).toEqual({ before: null, after, reason: null });
    });

    it.each([
      [400, 'pass'],
      [undefined, 'watched'],
    ])('before its change, with a round at %s', (roundAt, before) => {
      expect(tell(watch('before', roundAt))).toMatchObject({ before });
    });
  });
});
