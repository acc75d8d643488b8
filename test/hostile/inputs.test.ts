import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readCalendar } from '../../src/activities/calendar.js';
import { parseBounds } from '../../src/rollout/bounds.js';
import { addChecksum } from '../../src/rollout/checksum.js';
import { parseRollback } from '../../src/rollout/rollback.js';
import { parseSpec } from '../../src/rollout/spec.js';
import { parseUndoFile } from '../../src/rollout/undo-file.js';
import { readAnswer } from '../../src/rollout/user-check.js';
import {
  addTargetsSchema,
  holdOrderSchema,
  progressSchema,
  restoredSchema,
  revertOrdersSchema,
} from '../../src/workflows/messages.js';
import { spec, TODAY, target, WHOLE } from '../rollout/builders.js';
import { holds, hostileJson, nearly, rewritten } from './arbitraries.js';
import { expectAnswered, expectClearMessage, expectUnpolluted } from './oracles.js';
import { NOW, UNDO } from './samples.js';

const ROLLBACK = {
  rollouts: [{ workflowId: 'imds-rollout-prod', runId: 'run' }],
  only: ['web-1'],
  keepTokens: true,
  concurrency: 5,
  wait: '5m',
};

const WHOLE_STAGES = { stages: WHOLE.stages };

const REPORT = addChecksum({ format: 'imds-rollout-report/1', undo: UNDO });

const BOUNDS = { only: ['web-1'], limit: 2, until: 'early', planHash: 'a'.repeat(64) };

describe('a value is accepted, or refused with the place and a remedy:', () => {
  it.each<[what: string, valid: unknown, parse: (input: unknown) => { readonly ok: boolean }]>([
    ['spec', WHOLE, (input) => parseSpec(input, TODAY)],
    ['bounds', BOUNDS, (input) => parseBounds(input, spec(WHOLE_STAGES))],
    ['input of a rollback', ROLLBACK, parseRollback],
    ['undo file', UNDO, (input) => parseUndoFile(input)],
    ['undo file, rewritten', UNDO, (input) => parseUndoFile(rewritten(input))],
    ['report with its undo file', REPORT, (input) => parseUndoFile(input)],
    ['report with its undo file, edited', REPORT, (input) => parseUndoFile(input, { allowEdited: true })],
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

describe('what somebody else sends a running workflow is taken or refused:', () => {
  it.each([
    ['holdOrder', holdOrderSchema, { run: 'r', number: 1, mode: 'wait', notAfter: 5 }],
    [
      'revertOrders',
      revertOrdersSchema,
      { run: 'r', orders: [{ arn: 'a', reason: 'operator', detail: 'x', count: true, restore: true }] },
    ],
    [
      'progress',
      progressSchema,
      {
        run: 'r',
        batch: 'b',
        seq: 1,
        counts: { changed: 1 },
        failed: 0,
        inFlight: 1,
        hold: { number: 0, mode: 'run' },
        failures: ['x'],
      },
    ],
    [
      'restored',
      restoredSchema,
      { run: 'r', batch: 'b', results: [[0, { outcome: { kind: 'restored' }, downgraded: true }]] },
    ],
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
