import pc from 'picocolors';
import { describe, expect, test } from 'vitest';
import { planJsonSchema } from '../../src/cli/json/plan.js';
import { describePlan } from '../../src/cli/plan-json.js';
import { renderPlan } from '../../src/cli/render/plan.js';
import { renderPlanMarkdown } from '../../src/cli/render/plan-markdown.js';
import { describeBudget, describeUncovered, formatShare } from '../../src/cli/render/plan-terms.js';
import { fleet, instance, planOf, spec } from '../rollout/builders.js';

const changes = {
  evidence: 'off',
  stages: [
    { name: 'canary', size: 1, bake: '7h' },
    { name: 'early', size: '20%', bake: '1h' },
    { name: 'rest', size: 'rest', approval: { timeout: '72h' } },
  ],
};
const instances = [
  ...fleet(6),
  ...fleet(3, { region: 'eu-west-1' }),
  instance('old', { tags: { 'imds-rollout': 'skip' } }),
];
const plan = planOf(changes, instances);
const screen = (width: number) => ({ paint: pc.createColors(false), width });

test('each stage says how much is done by its end, and its instances stand by account and region', () => {
  const lines = renderPlan(screen(80), spec(changes), plan, undefined);
  expect(lines).toEqual(
    expect.arrayContaining([
      'canary  1 instance, 10 at a time, then a bake of 7h; 11 % of all by its end',
      'early  2 instances, 10 at a time, then a bake of 1h; 33 % of all by its end',
      'rest  6 instances, waits for approval, 10 at a time; 100 % of all by its end',
      '  eu-west-1  1 instance',
      '  us-east-1  5 instances',
      '    us-east-1/web-1  httpTokens optional → required',
    ]),
  );
  expect(lines.join('\n')).toContain(
    'It stops at the first target that fails; then everything that it has changed\n  goes back.',
  );
  expect(lines.filter((line) => line.length > 80)).toEqual([]);
});

test('the Markdown has the share of each stage and the stages of each scope', () => {
  expect(renderPlanMarkdown(spec(changes), plan)).toEqual(
    expect.arrayContaining([
      '| canary | 1 | 11 % | 10 | a bake of 7h |',
      '| rest (waits for approval) | 6 | 100 % | 10 |  |',
      '| scope | canary | early | rest |',
      '| 111122223333:us-east-1 | 0 | 1 | 5 |',
      'It stops at the first target that fails; then everything that it has changed goes back.',
    ]),
  );
});

test('the JSON has the documented shape', () => {
  const json = planJsonSchema.parse(describePlan(spec(changes), plan, { until: 'early' }));
  expect(
    json.stages.map(({ name, shareByEnd, mayFail, needsApproval }) => [name, shareByEnd, mayFail, needsApproval]),
  ).toEqual([
    ['canary', 1 / 9, 0, false],
    ['early', 3 / 9, 0, false],
    ['rest', 1, 0, true],
  ]);
});

describe('what happens when targets fail is said as the spec has it', () => {
  test.each([
    [{}, 'It stops at the first target that fails; then everything that it has changed goes back.'],
    [{ maxTotal: 3 }, 'It stops at the first target that fails; then everything that it has changed goes back.'],
    [
      { max: 2, maxTotal: 3, revert: 'failed' },
      'It stops when more than 2 targets of a stage fail, or more than 3 of the run; then it halts: those that failed go back, the others stay changed.',
    ],
    [
      { max: '10%', revert: 'none' },
      "It stops when more than 10 % of a stage's targets fail; then it halts, and every instance stays as it is.",
    ],
  ])('%j', (failure, said) => {
    expect(describeBudget(spec({ failure }).failure)).toBe(said);
  });
});

test('of many values without a canary a few are named', () => {
  const values = Array.from({ length: 20 }, (_, index) => ({ value: `v${index}`, targets: 1 }));
  expect(describeUncovered({ uncovered: [{ key: 'tag:app', values, count: 30 }] })).toEqual([
    'Not in the first stage: tag app v0 (1), v1 (1), v2 (1), v3 (1), v4 (1) and 25 more. A size of "1 per tag:app" takes one of each.',
  ]);
  expect(
    describeUncovered({ uncovered: [{ key: 'blueprint', values: [{ value: '', targets: 2 }], count: 1 }] }),
  ).toEqual(['Not in the first stage: blueprint (none) (2). A size of "1 per blueprint" takes one of each.']);
});

test('a share is nothing or all only where it is', () => {
  expect([0, 0.001, 0.5, 0.999, 1].map(formatShare)).toEqual(['0 %', '1 %', '50 %', '99 %', '100 %']);
});

test('a plan file says which targets are stopped, for whoever reads it', () => {
  const asked = { evidence: 'off' };
  const json = describePlan(spec(asked), planOf(asked, [...fleet(2), instance('off', { state: 'stopped' })]), {});
  const targets = planJsonSchema.parse(json).stages.flatMap((stage) => stage.targets);
  expect(targets.flatMap(({ name, stopped }) => (stopped ? [name] : []))).toEqual(['off']);
});
