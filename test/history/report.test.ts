import { describe, expect, it } from 'vitest';
import { reportJsonSchema } from '../../src/cli/json/report.js';
import { type Report, reportText, sealReport } from '../../src/client/index.js';
import { readReport } from '../../src/history/report/index.js';
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
      expect(counts.length).toBeGreaterThan(0);
      expect(report.counts).toMatchObject(Object.fromEntries(counts));
      expect(report.gaps.join()).not.toMatch(/differ/);
      expect(reportJsonSchema.parse(JSON.parse(reportText(sealReport(report))))).toBeDefined();
    },
  );

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
    ['rollback', /^Rolled back: 5 of 5 changed instances went back/],
    ['aborted-rollback', /^Aborted: \d of 5 changed instances went back to the options before; \d not started$/],
    ['uploaded-rollback', /^Rolled back: 4 of 4 changed instances went back/],
    ['made-plan', /^A plan, not carried out: 1 of 4 instances would change in 1 stage; 3 skipped$/],
  ])('%s is told too', async (name, headline) => {
    const report = await reportOf(name, ...(name === 'rollback' ? ['rollback-restore'] : []));
    expect(report.headline).toMatch(headline);
    expect(reportJsonSchema.parse(JSON.parse(reportText(sealReport(report))))).toBeDefined();
  });
});
