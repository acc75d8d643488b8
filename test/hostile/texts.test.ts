import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadDataConverter } from '../../src/cli/data-converter.js';
import { planJsonSchema } from '../../src/cli/json/plan.js';
import { readPlanFile } from '../../src/cli/plan-file.js';
import { describePlan } from '../../src/cli/plan-json.js';
import { readPlanReport } from '../../src/cli/plan-report.js';
import { reportHtml } from '../../src/cli/render/report/html/page.js';
import { reportMarkdown } from '../../src/cli/render/report/markdown.js';
import { checkSpecText } from '../../src/cli/spec-file.js';
import { readKeptUndo } from '../../src/cli/undo-source.js';
import { readWorkerSettings } from '../../src/cli/worker-config.js';
import { readYaml } from '../../src/cli/yaml-source.js';
import { addChecksum } from '../../src/client/index.js';
import { hashPlan } from '../../src/rollout/plan.js';
import { readTls } from '../../src/server/tls-files.js';
import { parseScenario } from '../../src/simulator/index.js';
import { spec, WHOLE } from '../rollout/builders.js';
import { sampleReport } from '../support/sample-report.js';
import { deep, holds, hostileText, jsonText, nearly, rewritten } from './arbitraries.js';
import { answerOf, expectClearProblems, expectUnpolluted } from './oracles.js';
import { PLAN, UNDO } from './samples.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'imds-rollout-hostile-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A file of that text, the same one each time. */
async function fileOf(text: string): Promise<string> {
  const path = join(folder, 'input');
  await writeFile(path, text);
  return path;
}

const SCENARIO = {
  seed: 7,
  latency: { min: 5, max: 20 },
  throttle: { ratePerSecond: 50, burst: 50 },
  accounts: [{ id: '111122223333', accessKeyId: 'AKIASIMULATOR0000001', roles: [{ name: 'r', externalId: 'imds' }] }],
  fleet: [
    { region: 'us-east-1', prefix: 'web-', count: 3, tags: { env: 'prod' }, options: { httpTokens: 'optional' } },
  ],
  faults: [{ operation: 'GetInstances', region: 'us-east-1', times: 2, effect: { error: 'ServiceException' } }],
};

const WORKER = {
  accounts: {
    '444455556666': { role: 'arn:aws:iam::444455556666:role/r', externalId: 'imds', regions: ['us-east-1'] },
  },
  pacing: { ratePerSecond: 5, burst: 10 },
  probes: { allowHosts: ['health.example.com'], allowPrivate: false },
  taskQueues: ['mine'],
  journal: './journal',
};

/** A plan with the hash of its content, where it has the shape of one. */
function rehashed(value: unknown): unknown {
  const plan = planJsonSchema.safeParse(value);
  if (!plan.success) return value;
  const { specHash, stages, settled } = plan.data;
  const hash = hashPlan({ specHash, stages: stages.map((stage) => ({ ...stage, bake: stage.bakeMs })), settled });
  return { ...plan.data, hash };
}

const REPORT = addChecksum(sampleReport(1, { undo: UNDO }));

describe('a text is accepted, or refused with the place and a remedy:', () => {
  /** The value as JSON, and some of it cut off, doubled, or another text altogether. */
  const textOf = (valid: unknown) =>
    fc.oneof(
      { arbitrary: nearly(valid).map(jsonText), weight: 6 },
      { arbitrary: fc.nat(jsonText(valid).length).map((end) => jsonText(valid).slice(0, end)), weight: 1 },
      { arbitrary: hostileText, weight: 2 },
      { arbitrary: fc.string({ unit: fc.constantFrom(...'[]{}:,-?&*!|>"\'#% \n\tab1'), maxLength: 60 }), weight: 3 },
    );

  it('spec', () =>
    holds(
      fc.property(textOf(WHOLE), (text) => {
        const check = checkSpecText(text);
        if (!check.ok) expectClearProblems(check.problems);
        expectUnpolluted();
      }),
    ));

  it('scenario', () =>
    holds(
      fc.asyncProperty(
        textOf(SCENARIO),
        async (text) => void (await answerOf(() => parseScenario(text), ['InvalidScenarioError'])),
      ),
    ));

  it('scenario in code', () =>
    holds(
      fc.asyncProperty(
        nearly(SCENARIO),
        async (input) => void (await answerOf(() => parseScenario(input), ['InvalidScenarioError'])),
      ),
      2,
    ));

  it("worker's configuration", () =>
    holds(
      fc.asyncProperty(textOf(WORKER), async (text) => {
        const config = await fileOf(text);
        await answerOf(() => readWorkerSettings({ config }, {}), ['CliError']);
      }),
    ));

  /** As `plan -o` would have written it. */
  const planText = nearly(describePlan(spec(), PLAN, {})).map((value) => jsonText(rewritten(rehashed(value))));

  it('plan file, and a report of what is accepted', () =>
    holds(
      fc.asyncProperty(planText, async (text) => {
        const path = await fileOf(text);
        await answerOf(() => readPlanFile(path, 'require-imdsv2'), ['CliError']);
        const report = await answerOf(() => readPlanReport(path), ['CliError']);
        if (report === undefined) return;
        expect(reportMarkdown(addChecksum(report))).toContain(report.planHash ?? '');
        expect(reportHtml(addChecksum(report))).toContain(report.planHash ?? '');
      }),
    ));

  it('undo file, and a report with one, edited or not', () =>
    holds(
      fc.asyncProperty(
        fc.oneof(
          textOf(UNDO),
          textOf(REPORT),
          nearly(UNDO).map((value) => jsonText(rewritten(value))),
        ),
        async (text) => {
          const path = await fileOf(text);
          for (const allowEdited of [false, true]) {
            const kept = await answerOf(() => readKeptUndo(path, allowEdited), ['CliError']);
            for (const line of kept?.edited?.lines ?? []) expect(line).not.toMatch(/undefined|\[object/);
          }
        },
      ),
      2,
    ));

  it('certificate and key for TLS', () =>
    holds(
      fc.asyncProperty(hostileText, hostileText, async (cert, key) => {
        const data = (text: string) => ({ data: new TextEncoder().encode(text) });
        const pem = `-----BEGIN CERTIFICATE-----\n${cert}`;
        await answerOf(() => readTls({ serverCACert: data(pem) }), ['TemporalTlsInvalid']);
        await answerOf(() => readTls({ clientCert: data(cert), clientKey: data(key) }), ['TemporalTlsInvalid']);
      }),
    ));

  it('data converter', () =>
    holds(
      fc.asyncProperty(
        nearly({ payloadCodecs: [{}], payloadConverterPath: '/x.js' }),
        hostileText,
        async (exported, name) => {
          // One that was loaded is never loaded again, so each is a file of its own.
          const path = join(folder, `${++modules}.mjs`);
          await writeFile(path, `export const dataConverter = JSON.parse(${JSON.stringify(jsonText(exported))});`);
          await answerOf(() => loadDataConverter(path), ['CliError']);
          await answerOf(() => loadDataConverter(name.replaceAll('\0', '')), ['CliError']);
        },
      ),
      0.5,
    ));
});

let modules = 0;

describe('YAML that is made to hurt is refused, or read, in next to no time:', () => {
  const many = (text: string) => text.repeat(5_000);
  const bomb = [...'bcdefghij'].reduce(
    (lines, name, index, all) => `${lines}${name}: &${name} [${`*${all[index - 1] ?? 'a'},`.repeat(9)}]\n`,
    'a: &a [x, x]\n',
  );
  it.each([
    ['brackets', many('[')],
    ['brackets that close', `${'['.repeat(3_000)}${']'.repeat(3_000)}`],
    ['lists in lists', `${many('- ')}x`],
    ['maps in maps', many('{a: ')],
    ['keys of keys', many('? ')],
    ['aliases of aliases', bomb],
    ['an alias of nothing', 'a: *x'],
    ['an alias of itself', '&a [*a]'],
    ['many keys', `{${Array.from({ length: 6_000 }, (_, index) => `k${index}: 1`).join()}}`],
    ['many faults', many('"')],
    ['a key twice', 'a: 1\na: 2'],
    ['several documents', 'a: 1\n---\nb: 2'],
    ['tags of other languages', 'a: !!js/function "x"'],
  ])('%s', (_, text) => {
    const since = performance.now();
    const read = readYaml(text);
    expect(read.ok).toBe(false);
    if (!read.ok) expectClearProblems(read.problems);
    expect(checkSpecText(text).ok).toBe(false);
    expect(() => parseScenario(text)).toThrow(/not valid/);
    // What hangs takes minutes.
    expect(performance.now() - since).toBeLessThan(10_000);
  });

  it('a hundred levels, and a tag __proto__', () => {
    expect(readYaml(JSON.stringify(deep(90)))).toMatchObject({ ok: true });
    expect(readYaml('__proto__: { polluted: true }')).toMatchObject({ ok: true });
    expectUnpolluted();
  });
});
