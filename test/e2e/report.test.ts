import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'vitest';
import { reportJsonSchema } from '../../src/cli/json/report.js';
import { renderReport } from '../../src/cli/report-files.js';
import { addChecksum, collectReport, type Report, reportText } from '../../src/client/index.js';
import { denied, heldChanges } from '../support/faults.js';
import { letGo } from '../support/held.js';
import { ONE_STAGE } from '../support/rollouts.js';
import { until, waitForHold } from '../support/wait.js';
import { createWorld } from '../support/world.js';

const OPEN = { httpTokens: 'optional', httpEndpoint: 'enabled', httpPutResponseHopLimit: 1 } as const;
const region = 'us-east-1';

const row = ({ instances }: Report, name: string) => instances.find((instance) => instance.name === name);

/** For whoever wants to look at the reports of a real run: REPORTS=folder npx vitest run test/e2e/report.test.ts */
async function keep(name: string, report: Report): Promise<void> {
  const { REPORTS } = process.env;
  if (!REPORTS) return;
  await mkdir(REPORTS, { recursive: true });
  const sealed = addChecksum(report);
  for (const format of ['html', 'markdown', 'csv', 'json'] as const) {
    await writeFile(join(REPORTS, `${name}.${format}`), await renderReport(sealed, format));
  }
}

describe.concurrent('a report', () => {
  it('of a rollout with a failure, a waiver, an allowed host and messages says what became of each instance; and so of its rollback', async ({
    expect,
    onTestFinished,
  }) => {
    const sent = new Map<string, string | undefined>();
    const world = await createWorld({
      onTestFinished,
      intercept: (lightsail) => ({
        ...lightsail,
        updateInstanceMetadataOptions: async (request, call) => {
          const reply = await lightsail.updateInstanceMetadataOptions(request, call);
          sent.set(reply.$metadata.requestId ?? '', request.instanceName);
          return reply;
        },
      }),
      fleet: [
        { region, prefix: 'web-', count: 5, options: OPEN },
        { region, prefix: 'busy-', count: 1, options: OPEN, tokenless: 12 },
        { region, prefix: 'done-', count: 1, options: { ...OPEN, httpTokens: 'required' } },
        { region, prefix: 'legacy-', count: 1, options: OPEN },
      ],
      scenario: { faults: denied('web-3') },
    });
    const rollout = await world.start({
      stages: [
        { name: 'canary', size: 1, bake: '1h', match: { names: ['web-1'] } },
        { name: 'rest', size: 'rest', approval: { timeout: '1h' } },
      ],
      exceptions: [{ names: ['legacy-*'], reason: 'old agent', owner: 'ops', until: '2099-01-01' }],
      evidence: { allow: ['busy-1'] },
      failure: { max: 1, revert: 'failed' },
    });
    const ref = { workflowId: rollout.workflowId };
    await waitForHold(rollout, 'bake');
    const running = await collectReport(world.client, ref);
    expect(running).toMatchObject({ ended: 'running', coverage: null, counts: { changed: 1, total: 8 } });
    expect(running.headline).toBe('Still running: 2 of 8 instances known to require IMDSv2; 1 waived, 5 not started');
    expect(running.holds).toMatchObject([{ for: 'bake', stage: 'canary', until: null }]);
    await rollout.skipBake({ by: 'ann', reason: 'watched it' });
    await waitForHold(rollout, 'approval');
    await rollout.approve({ by: 'bob', reason: 'CHG-7' });
    const outcome = await rollout.result();

    const report = await collectReport(world.client, ref);
    await keep('completed', report);
    expect(report.headline).toBe('6 of 8 instances require IMDSv2; 1 failed, 1 waived');
    expect(report).toMatchObject({ ended: 'completed', outcome, gaps: [], counts: outcome.result?.counts });
    expect(report.planHash).toBe(outcome.result?.planHash);
    expect(report.coverage).toEqual(outcome.result?.coverage);
    const caller = expect.stringMatching(`^arn:aws:(iam|sts)::${world.account}:`);
    expect(report.scopes).toEqual([
      { account: world.account, region, state: 'scanned', why: null, found: 8, planned: 6, caller },
    ]);
    expect(report.versions).toMatchObject({
      worker: report.versions.report,
      temporalSdk: expect.stringMatching(/^temporal-typescript \d/),
      temporalServer: expect.any(String),
    });
    expect(report.messages).toMatchObject([
      { message: 'skipBake', by: 'ann', reason: 'watched it', says: 'stage canary', answered: 'taken' },
      { message: 'approve', by: 'bob', reason: 'CHG-7', says: 'stage rest', answered: 'taken' },
    ]);
    expect(report.holds).toMatchObject([
      { for: 'bake', stage: 'canary', until: expect.any(String) },
      { for: 'approval', stage: 'rest', until: expect.any(String) },
    ]);
    expect(report.waivers).toMatchObject([{ names: ['legacy-*'], owner: 'ops', until: '2099-01-01', instances: 1 }]);
    expect(report.allowed).toMatchObject([{ name: 'busy-1' }]);
    expect(row(report, 'busy-1')).toMatchObject({ outcome: 'changed', tokenless: { calls: expect.any(Number) } });
    expect(row(report, 'legacy-1')).toMatchObject({ outcome: 'blocked(waived)', stage: null, update: null });
    expect(row(report, 'done-1')).toMatchObject({ outcome: 'compliant', before: { httpTokens: 'required' } });
    expect(row(report, 'web-3')).toMatchObject({
      outcome: 'failed(api-error)',
      reason: expect.stringContaining('AccessDenied'),
      after: null,
    });
    // Every Update that is told is one that has reached the service; CloudTrail would have it under the same ID.
    for (const { name, update, settledAt, after } of report.instances.filter(({ outcome }) => outcome === 'changed')) {
      expect(sent.get(update?.requestId ?? '')).toBe(name);
      expect(after).toMatchObject({ httpTokens: 'required' });
      expect(Date.parse(settledAt ?? '')).toBeGreaterThanOrEqual(Date.parse(update?.sentAt ?? ''));
    }

    const sealed = addChecksum(report);
    expect(reportJsonSchema.parse(JSON.parse(reportText(sealed)))).toBeDefined();
    expect(checksumOf(reportText(sealed))).toBe(sealed.sha256);

    const rollback = await world.rollouts.rollback([ref]);
    await rollback.result();
    const back = await collectReport(world.client, { workflowId: rollback.workflowId });
    await keep('rollback', back);
    expect(back).toMatchObject({ kind: 'rollback', ended: 'rolled-back', counts: { restored: 5, total: 5 } });
    expect(back.headline).toBe('Rolled back: 5 of 5 changed instances went back to the options before');
    expect(back.downgraded).toHaveLength(5);
    expect(back.rollout?.takesBack).toMatchObject([{ workflowId: rollout.workflowId }]);
    expect(row(back, 'web-1')).toMatchObject({
      stage: 'canary',
      before: { httpTokens: 'required' },
      after: { httpTokens: 'optional' },
      update: { requestId: expect.any(String), sentAt: expect.any(String) },
      settledAt: expect.any(String),
    });
    expect(reportJsonSchema.parse(JSON.parse(reportText(addChecksum(back))))).toBeDefined();
  });

  it('of a rollout that was terminated says which instances may be changed, without any worker', async ({
    expect,
    onTestFinished,
  }) => {
    const world = await createWorld({
      onTestFinished,
      fleet: 8,
      worker: false,
      scenario: { faults: heldChanges({ after: 3 }) },
    });
    const worker = await world.startWorker();
    const rollout = await world.start({ ...ONE_STAGE, concurrency: 2 });
    await until(() => expect(world.updates().length).toBe(5));
    await world.client.workflow.getHandle(rollout.workflowId).terminate('by hand');
    const cut = await collectReport(world.client, { workflowId: rollout.workflowId });
    letGo(world);
    await worker.stop();
    const report = await collectReport(world.client, { workflowId: rollout.workflowId });
    await keep('terminated', report);
    expect(cut).toMatchObject({ ended: 'terminated', counts: { changed: 3, total: 8 } });
    expect(cut.instances.filter(({ outcome }) => outcome === 'may be changed')).toHaveLength(2);
    expect(report.headline).toMatch(
      /^Terminated: [345] of 8 instances known to require IMDSv2; .*\d (not started|skipped)$/,
    );
    expect(report.messages).toMatchObject([{ message: 'terminate', reason: 'by hand' }]);
    expect(report.gaps).toContainEqual(expect.stringContaining('cut off'));
    expect(report.undo?.entries.length).toBeGreaterThanOrEqual(5);
    expect(reportJsonSchema.parse(JSON.parse(reportText(addChecksum(report))))).toBeDefined();
  });
});

/** The checksum anew, with nothing of ours: keys sorted, no blanks, SHA-256 of Node. */
function checksumOf(text: string): string {
  const { sha256: _, ...rest } = JSON.parse(text);
  const sorted = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(sorted);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value)
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, member]) => [key, sorted(member)]),
    );
  };
  return createHash('sha256')
    .update(JSON.stringify(sorted(rest)))
    .digest('hex');
}
