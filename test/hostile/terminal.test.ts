import fc from 'fast-check';
import pc from 'picocolors';
import { describe, expect, it } from 'vitest';
import { renderRevert } from '../../src/cli/render/announcement.js';
import { renderAudit } from '../../src/cli/render/audit.js';
import { renderFindings } from '../../src/cli/render/demo.js';
import { renderList } from '../../src/cli/render/list.js';
import { renderOutcome } from '../../src/cli/render/outcome.js';
import { renderEvidence, renderPlan } from '../../src/cli/render/plan.js';
import { renderChange, renderDifferences, renderSchedule, renderScheduleList } from '../../src/cli/render/schedule.js';
import { describeTiming } from '../../src/cli/render/schedule-timing.js';
import { renderProblems, renderSpec } from '../../src/cli/render/spec.js';
import { renderStatus, statusLine } from '../../src/cli/render/status.js';
import { renderUndo, renderUndoList } from '../../src/cli/render/undo.js';
import { renderWatch } from '../../src/cli/render/watch.js';
import type { Dialog } from '../../src/cli/watch/dialog.js';
import { offeredKeys } from '../../src/cli/watch/keys.js';
import { explainRefusal } from '../../src/client/schedule-timing.js';
import { spec, WHOLE } from '../rollout/builders.js';
import { dressed, holds, hostileText } from './arbitraries.js';
import { expectShownLines } from './oracles.js';
import { AUDIT, LISTED, NOW, OUTCOME, PLAN, SCHEDULE, STATUS, UNDO } from './samples.js';

/** Nothing that is rendered without colours has a character that a terminal obeys: with them, all of those are ours. */
const screen = (width: number) => ({ paint: pc.createColors(false), width });
type Screen = ReturnType<typeof screen>;

const WHOLE_SPEC = spec({ ...WHOLE, health: undefined, notify: undefined });

const KINDS = ['rollout', 'rollback'] as const;

const DIALOGS: readonly Dialog[] = [
  { step: 'closed' },
  { step: 'confirm', intent: { kind: 'approve', stage: 'early', planHash: 'hash' } },
  { step: 'confirm', intent: { kind: 'skipBake' } },
  { step: 'reason', intent: { kind: 'abort', mode: 'rollback' }, text: 'why' },
];

/** What a screen shows, and what it is made of. */
interface Shown<Value> {
  readonly of: Value;
  readonly lines: (screen: Screen, value: Value) => readonly string[];
  /** A text in it may have lines of its own. */
  readonly ofLines?: boolean;
}

const shown = <Value>(of: Value, lines: Shown<Value>['lines'], ofLines = false): Shown<unknown> => ({
  of,
  ofLines,
  lines: (to, value) => lines(to, value as Value),
});

const VIEWS: Readonly<Record<string, Shown<unknown>>> = {
  audit: shown(AUDIT, renderAudit),
  'findings of the demo': shown(
    {
      regions: [{ region: 'us-east-1', instances: 1, hardened: 1, leftAlone: 1, raised: 1, restored: 0 }],
      problems: ['web-1 is not as it was'],
    },
    renderFindings,
  ),
  list: shown(
    [LISTED, { ...LISTED, state: 'failed' as const, error: 'PlanFailed', endedAt: LISTED.startedAt }],
    (to, listed) => renderList(to, listed, NOW),
  ),
  'outcome of one that failed': shown(OUTCOME, renderOutcome),
  'outcome of one that completed': shown(OUTCOME.result, (to, result) =>
    result === undefined ? [] : renderOutcome(to, { status: 'completed', result }),
  ),
  'outcome without a result': shown(
    { type: 'Terminated', message: 'by hand\nno more' },
    (to, { type, message }) => renderOutcome(to, { status: 'failed', type, message }),
    true,
  ),
  plan: shown(PLAN, (to, plan) => [
    ...renderPlan(to, WHOLE_SPEC, plan, 'http://127.0.0.1'),
    ...renderEvidence(to.width, plan),
  ]),
  spec: shown(WHOLE_SPEC, renderSpec),
  problems: shown([{ path: 'a.b', message: 'is missing', line: 1, column: 1 }], (to, problems) =>
    renderProblems(to, 'spec.yaml', problems),
  ),
  schedule: shown(SCHEDULE, (to, schedule) => renderSchedule(to, schedule, NOW)),
  'list of schedules': shown(
    {
      schedules: [{ ...SCHEDULE, nextTime: SCHEDULE.nextTimes[0] ?? null, lastRun: SCHEDULE.runs[0] ?? null, open: 1 }],
    },
    (to, list) => renderScheduleList(to, list, NOW),
  ),
  'change of a schedule': shown(
    { ...SCHEDULE, change: 'updated' as const, differences: [{ path: 'spec.name', before: 'a', after: 'b' }] },
    (to, change) => [renderChange(to, change), ...renderDifferences(to, change.differences)],
  ),
  'time of a schedule': shown({ timezone: 'Europe/Stockholm', intervals: [] }, (_, timing) =>
    describeTiming(timing).map((line) => line.replaceAll(timing.timezone, '')),
  ),
  status: shown(STATUS, (to, status) => KINDS.flatMap((kind) => renderStatus(to, status, NOW, kind))),
  revert: shown(
    {
      targets: [
        {
          ...{ name: 'us-east-1/web-1', arn: 'arn', stage: 'early', effect: 'goes-back' as const },
          now: { httpTokens: 'required' as const },
          back: { httpTokens: 'optional' as const },
        },
      ],
      affected: 1,
      failures: 1,
      budget: [{ stage: 'early', failed: 1, allowed: 0 }],
      stops: { reason: 'too many failed', revert: 'run' as const },
    },
    (to, preview) => renderRevert(to, preview).lines,
  ),
  undo: shown(UNDO, (to, { entries, rollout: { workflowId } }) => [
    ...renderUndo(to, { title: workflowId, entries, keepTokens: false, warnings: [workflowId] }),
    ...renderUndoList(to, entries, true),
  ]),
  watch: shown(
    { status: STATUS, answer: { ok: false, text: 'refused' }, dialogs: DIALOGS, stage: 'early' },
    (to, { status, answer, dialogs }) =>
      KINDS.flatMap((kind) =>
        dialogs.flatMap((dialog) =>
          renderWatch(
            to,
            {
              ...{ kind, status, now: NOW, dialog, answer, trouble: [], footer: [], goesOn: true, isClosing: false },
              pace: { perMinute: 2, seenFor: 60_000 },
              left: { ms: 60_000, bakes: 0, without: ['approvals'] },
              keys: offeredKeys(status, kind),
            },
            30,
          ),
        ),
      ),
  ),
};

describe('nothing of a hostile text is obeyed by a terminal, and none breaks out of its line:', () => {
  it.each(Object.entries(VIEWS))('%s', (_, { of, lines, ofLines }) =>
    holds(
      fc.property(dressed(of), fc.constantFrom(40, 100, Infinity), ({ hostile, benign }, width) => {
        const rendered = lines(screen(width), hostile);
        expectShownLines(rendered);
        // On paper each thing has its line, whatever it is called.
        if (width === Infinity && !ofLines) expect(rendered).toHaveLength(lines(screen(width), benign).length);
      }),
    ),
  );

  it('the line of a status', () =>
    holds(fc.property(dressed(STATUS), ({ hostile }) => expectShownLines([statusLine(hostile)]))));

  it('what a server says of a schedule that it refuses', () =>
    holds(
      fc.property(hostileText, hostileText, (message, text) => {
        const problem = explainRefusal(message, { cron: [text], calendar: [text] });
        expectShownLines(renderProblems(screen(80), text, [problem]));
      }),
    ));
});
