import { defaultPayloadConverter } from '@temporalio/common';
import fc from 'fast-check';
import { marked } from 'marked';
import { describe, expect, it } from 'vitest';
import { cleanLine } from '../../src/rollout/clean.js';
import { renderBatchDetails, renderDetails, renderPlanDetails } from '../../src/rollout/details.js';
import { failureLine } from '../../src/rollout/last-failures.js';
import { asText } from '../../src/rollout/markdown.js';
import { malformed } from '../../src/rollout/message-members.js';
import { notificationText, statusToTell } from '../../src/rollout/notification.js';
import { refusal } from '../../src/rollout/operator.js';
import { cutReason, MAX_REASON_LENGTH } from '../../src/rollout/outcome.js';
import { selectForRevert } from '../../src/rollout/revert.js';
import { cutSummary } from '../../src/rollout/summary.js';
import { messageRefused, read } from '../../src/workflows/handlers.js';
import { target } from '../rollout/builders.js';
import { dressed, holds, hostileText, nearly } from './arbitraries.js';
import {
  expectClearMessage,
  expectShownLines,
  expectShownText,
  expectUnpolluted,
  htmlShape,
  markdownShape,
} from './oracles.js';
import { PLAN, STATUS } from './samples.js';

describe('what the Temporal UI shows is built the same, whatever its texts say:', () => {
  it('the details of a run', () =>
    holds(
      fc.property(dressed({ status: STATUS, end: 'Halted', next: ['roll it back'] }), ({ hostile, benign }) => {
        const render = ({ status, end, next }: typeof hostile) => [
          renderDetails(status),
          renderDetails(status, { isRollback: true }),
          renderDetails(status, { end, next }),
        ];
        render(hostile).forEach((text, index) => {
          expectShownText(text);
          expect(Buffer.byteLength(text)).toBeLessThan(20_000);
          // With texts of 5,000 characters, not everything fits.
          if (isShort(hostile)) expect(markdownShape(text)).toBe(markdownShape(render(benign)[index] ?? ''));
        });
      }),
    ));

  it('the details of a batch and of a plan', () =>
    holds(
      fc.property(
        dressed({ rollout: 'imds-rollout-prod', failures: ['web-1: no'], plan: PLAN }),
        ({ hostile, benign }) => {
          const render = ({ rollout, failures, plan }: typeof hostile) => [
            renderBatchDetails({ rollout, failures, counts: STATUS.counts, holds: 'run' }),
            renderPlanDetails(plan),
          ];
          render(hostile).forEach((text, index) => {
            expectShownText(text);
            if (isShort(hostile)) expect(markdownShape(text)).toBe(markdownShape(render(benign)[index] ?? ''));
          });
        },
      ),
    ));

  it('a text on its own: it reads as it is, and as nothing else', () =>
    holds(
      fc.property(hostileText, (text) => {
        fc.pre(text.trim() !== '');
        const page = marked.parse(`- ${asText(text)}`, { async: false });
        expect(htmlShape(page)).toBe(htmlShape('<ul><li>benign</li></ul>'));
      }),
      5,
    ));

  it('a summary is one line that Temporal takes', () =>
    holds(
      fc.property(hostileText, (text) => {
        const summary = cutSummary(text);
        expectShownLines([summary]);
        expect(defaultPayloadConverter.toPayload(summary).data?.byteLength).toBeLessThanOrEqual(200);
      }),
      5,
    ));
});

function isShort(value: unknown): boolean {
  return JSON.stringify(value).length < 5_000;
}

describe('a notification', () => {
  it('is one line without a link or a mention of the chat, and its payload is bounded', () =>
    holds(
      fc.property(
        dressed({ rollout: 'imds-rollout-prod', what: 'waits for an approval', status: STATUS }),
        ({ hostile }) => {
          const text = notificationText({ ...hostile, event: 'hold' });
          expectShownLines([text]);
          expect(text).not.toMatch(/[<>]/);
          const { waiting, log } = statusToTell(hostile.status);
          for (const reason of [waiting?.reason, ...log.map((entry) => entry.reason)]) {
            expect(reason?.length ?? 0).toBeLessThanOrEqual(MAX_REASON_LENGTH);
          }
        },
      ),
    ));
});

describe('a message to a running rollout, from anybody', () => {
  const MESSAGES = [
    ['pause', { by: 'ann', reason: 'slow' }],
    ['approve', { by: 'ann', reason: 'fine', stage: 'early', planHash: 'hash' }],
    ['revert', { by: 'ann', names: ['web-1'], arns: ['arn'], count: true }],
    ['abort', { by: 'ann', mode: 'rollback' }],
  ] as const;
  const STATE = { phase: 'waiting', waiting: STATUS.waiting, waitingStage: 'early', planHash: 'hash' } as const;

  it.each(MESSAGES)('is taken, or refused in a sentence that a failure can hold: %s %j', (kind, valid) =>
    holds(
      fc.property(nearly(valid), (input) => {
        const why = malformed(kind, input);
        expectUnpolluted();
        if (why !== undefined) {
          expectClearMessage(why);
          expectEncodable(messageRefused(why).message);
          return;
        }
        const message: Record<string, string> = Object.assign({}, input);
        for (const text of Object.values(read(message))) expectEncodable(text);
        const refused = refusal({ kind: 'approve', stage: message.stage, planHash: message.planHash }, STATE);
        if (refused !== undefined) expectEncodable(messageRefused(refused).message);
      }),
      2,
    ),
  );

  it('names targets, or is told of the first that is none', () =>
    holds(
      fc.property(fc.array(hostileText, { minLength: 1, maxLength: 3 }), (names) => {
        const books = { targets: () => [target('web-1')], resultOf: () => undefined };
        const chosen = selectForRevert({ names }, books, () => false);
        if ('refusal' in chosen) expectEncodable(messageRefused(chosen.refusal).message);
      }),
    ));
});

describe('the message of a failure', () => {
  it('can be encoded, whatever has failed, and is one line for each thing that it says', () =>
    holds(
      fc.property(hostileText, hostileText, (name, detail) => {
        const line = failureLine(target(name), {
          outcome: { kind: 'failed', reason: 'api-error' },
          detail,
          wrote: true,
        });
        expectEncodable(cleanLine(line));
        expectShownLines([cleanLine(line)]);
        expectEncodable(cutReason(detail));
      }),
      2,
    ));
});

/** Temporal's protocol takes UTF-8, and half of a surrogate pair is none; a long one would be refused. */
function expectEncodable(text: string): void {
  expect(Buffer.from(text, 'utf8').toString('utf8')).toBe(text);
  expect(text.length).toBeLessThan(20_000);
}
