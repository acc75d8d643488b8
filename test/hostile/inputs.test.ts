import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readCalendar } from '../../src/activities/calendar.js';
import { parseNames } from '../../src/cli/commands/bounds-flags.js';
import { parseHopLimit } from '../../src/cli/commands/option-flags.js';
import { parseRegions } from '../../src/cli/commands/reach-flags.js';
import { loadDataConverter } from '../../src/cli/data-converter.js';
import { parsePort, parseRunId } from '../../src/cli/flags.js';
import { METRICS, resolveAddress } from '../../src/cli/listen-address.js';
import { readPlanFile } from '../../src/cli/plan-file.js';
import { describePlan } from '../../src/cli/plan-json.js';
import { readPlanReport } from '../../src/cli/plan-report.js';
import { reportHtml } from '../../src/cli/render/report/html/page.js';
import { reportMarkdown } from '../../src/cli/render/report/markdown.js';
import { checkSpecText } from '../../src/cli/spec-file.js';
import { readWorkerSettings, WEBHOOK_VARIABLE } from '../../src/cli/worker-config.js';
import { readYaml } from '../../src/cli/yaml-source.js';
import { sealReport } from '../../src/client/index.js';
import { checkTiming, writtenTiming } from '../../src/client/schedule-timing.js';
import { parseBounds } from '../../src/rollout/bounds.js';
import { parseDuration } from '../../src/rollout/duration.js';
import { parseRollback } from '../../src/rollout/rollback.js';
import { parseAllowance, parseGroupKey, parseStageSize } from '../../src/rollout/size.js';
import { parseSpec } from '../../src/rollout/spec.js';
import { parseUndoFile } from '../../src/rollout/undo-file.js';
import { readAnswer } from '../../src/rollout/user-check.js';
import { readTls } from '../../src/server/tls-files.js';
import { parseScenario } from '../../src/simulator/index.js';
import {
  addTargetsSchema,
  holdOrderSchema,
  progressSchema,
  restoredSchema,
  revertOrdersSchema,
} from '../../src/workflows/messages.js';
import { spec, TODAY, target, WHOLE } from '../rollout/builders.js';
import { deep, holds, hostileJson, hostileText, jsonText, nearly } from './arbitraries.js';
import { answerOf, expectClearMessage, expectClearProblems, expectUnpolluted } from './oracles.js';
import { NOW, PLAN, UNDO } from './samples.js';

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

const ROLLBACK = {
  rollouts: [{ workflowId: 'imds-rollout-prod', runId: 'run' }],
  only: ['web-1'],
  keepTokens: true,
  concurrency: 5,
  wait: '5m',
};

const BOUNDS = { only: ['web-1'], limit: 2, until: 'early', planHash: 'a'.repeat(64) };

describe('a value is accepted, or refused with the place and a remedy:', () => {
  it.each<[what: string, valid: unknown, parse: (input: unknown) => { readonly ok: boolean }]>([
    ['spec', WHOLE, (input) => parseSpec(input, TODAY)],
    ['bounds', BOUNDS, (input) => parseBounds(input, spec(WHOLE_STAGES))],
    ['input of a rollback', ROLLBACK, parseRollback],
    ['undo file', UNDO, parseUndoFile],
    ['report with its undo file', { format: 'imds-rollout-report/1', undo: UNDO }, parseUndoFile],
  ])('%s', (_, valid, parse) =>
    holds(
      fc.property(nearly(valid), (input) => {
        const check: unknown = parse(input);
        expectUnpolluted();
        expectAnswered(check);
      }),
      3,
    ),
  );
});

const WHOLE_STAGES = { stages: WHOLE.stages };

function expectAnswered(check: unknown): void {
  if (typeof check !== 'object' || check === null || !('ok' in check)) throw new Error('there is no answer');
  if (check.ok === false && 'problems' in check && Array.isArray(check.problems)) expectClearProblems(check.problems);
  else expect(check.ok).toBe(true);
}

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

  it('plan file, and a report of what is accepted', () =>
    holds(
      fc.asyncProperty(textOf(describePlan(spec(), PLAN, {})), async (text) => {
        const path = await fileOf(text);
        await answerOf(() => readPlanFile(path, 'require-imdsv2'), ['CliError']);
        const report = await answerOf(() => readPlanReport(path), ['CliError']);
        if (report === undefined) return;
        expect(reportMarkdown(sealReport(report))).toContain(report.planHash ?? '');
        expect(reportHtml(sealReport(report))).toContain(report.planHash ?? '');
      }),
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

describe('a flag or a field is accepted, or refused with a message:', () => {
  it.each<[what: string, parse: (text: string) => unknown]>([
    ['regions', parseRegions],
    ['names', parseNames],
    ['hop limit', parseHopLimit],
    ['port', parsePort],
    ['run ID', parseRunId],
    ['size of a stage', parseStageSize],
    ['allowance', parseAllowance],
    ['key of a group', parseGroupKey],
    ['duration', (text) => parseDuration(text)],
  ])('%s', (_, parse) =>
    holds(
      fc.asyncProperty(hostileText, async (text) => {
        await answerOf(() => parse(text), ['InvalidArgumentError', 'CommanderError', 'Error']);
      }),
    ),
  );

  it('time of a schedule', () =>
    holds(
      fc.property(hostileText, (text) => {
        const list = [text];
        for (const kind of ['cron', 'calendar']) expect(writtenTiming(`${kind}: ${text}`)).toEqual({ kind, text });
        expectAnswered(checkTiming({ cron: list, every: list, calendar: list, timeZone: text, jitter: text }));
      }),
    ));

  it('address to listen at', () =>
    holds(
      fc.asyncProperty(hostileText, async (text) => {
        // No name is looked up: a host that isn't an address has no port here.
        await answerOf(() => resolveAddress(METRICS, text.replaceAll(/:\d+$/g, '')), ['CliError']);
      }),
    ));

  it('address of a webhook', () =>
    holds(
      fc.asyncProperty(hostileText, async (text) => {
        await answerOf(() => readWorkerSettings({ allowProbeHost: [text], allowTaskQueue: [text] }, {}), ['CliError']);
        await answerOf(() => readWorkerSettings({}, { [WEBHOOK_VARIABLE]: text }), ['CliError']);
      }),
    ));
});

describe('what somebody else sends a running workflow is taken or refused:', () => {
  it.each([
    ['holdOrder', holdOrderSchema, { number: 1, mode: 'wait', notAfter: 5 }],
    ['revertOrders', revertOrdersSchema, [{ arn: 'a', reason: 'operator', detail: 'x', count: true, restore: true }]],
    [
      'progress',
      progressSchema,
      { batch: 'b', seq: 1, counts: { changed: 1 }, failed: 0, inFlight: 1, hold: 0, failures: ['x'] },
    ],
    ['restored', restoredSchema, { batch: 'b', results: [[0, { outcome: { kind: 'restored' }, downgraded: true }]] }],
    ['addTargets', addTargetsSchema, { index: 0, entries: [{ stage: 'rest', target: target('web-1') }] }],
  ])('%s', (_, schema, valid) =>
    holds(
      fc.property(nearly(valid), (input) => {
        const { success } = schema.safeParse(input);
        expect(success).toBeTypeOf('boolean');
        expectUnpolluted();
      }),
    ),
  );
});

it("an answer of a user's check becomes one reading for each instance", () => {
  const targets = ['web-1', 'web-2'].map((name) => ({
    ...{ account: '111122223333', region: 'us-east-1', publicIpAddress: null },
    name,
    arn: target(name).arn,
  }));
  const valid = targets.map(({ arn }) => ({ arn, result: 'fail', reason: 'no heartbeat' }));
  return holds(
    fc.property(nearly(valid), (answer) => {
      const readings = readAnswer('myCheck', targets, answer);
      expect(readings).toHaveLength(targets.length);
      for (const { verdict, reason } of readings) if (verdict !== 'pass') expectClearMessage(reason);
    }),
    2,
  );
});

it('a calendar that the spec accepts is read at any time', () => {
  const window = { days: ['mon'], from: '09:00', to: '16:00', timezone: 'Europe/Stockholm' };
  return holds(
    fc.property(
      nearly({ windows: [window], freeze: [{ from: '2026-12-20', to: '2027-01-02', reason: 'x' }] }),
      (input) => {
        const { windows, freeze } =
          typeof input === 'object' && input !== null && !Array.isArray(input)
            ? { windows: undefined, freeze: undefined, ...input }
            : {};
        const check = parseSpec({ ...WHOLE, windows, freeze }, TODAY);
        if (check.ok) expect(() => readCalendar(check.spec, NOW)).not.toThrow(/accident/);
      },
    ),
  );
});

it('any JSON is deep or shallow, never too deep to be told', () =>
  holds(
    fc.property(hostileJson, (value) => expectAnswered(parseSpec({ ...WHOLE, options: value, stages: value }, TODAY))),
  ));
