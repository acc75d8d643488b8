import type { RevertMessage, RevertPreview, RolloutHandle, RolloutStatus } from '../../client/index.js';
import { cleanLine } from '../../rollout/clean.js';
import { describeChange } from '../../rollout/options.js';
import type { RevertedTarget } from '../../rollout/revert-preview.js';
import { countOf } from '../../rollout/status.js';
import type { RunKind } from '../find-rollout.js';
import type { Screen } from '../output.js';
import { columns, wrap } from './columns.js';
import { askAbort } from './dialog.js';

/** What a message is about to do: shown before it is sent. */
export interface Announcement {
  readonly lines: readonly string[];
  /** Asked on a terminal, where what follows can't be undone by another message. */
  readonly question?: string;
}

/** @param status - undefined where nobody answers */
export function announceAbort(
  mode: 'halt' | 'rollback',
  status: RolloutStatus | undefined,
  kind: RunKind,
): Announcement {
  return { lines: [], question: askAbort(mode, { status, kind }) };
}

/** @param status - undefined where nobody answers */
export function announceReject(status: RolloutStatus | undefined): Announcement {
  const stage = status?.stage === undefined ? 'the waiting stage' : `stage ${cleanLine(status.stage)}`;
  const changed = status?.counts.changed ?? 0;
  const stay = changed === 0 ? 'Nothing is changed so far.' : `The ${changed} changed stay as they are.`;
  return { lines: [], question: `Reject ${stage}, and halt the rollout for good? ${stay} Go on` };
}

/** What a revert does to each instance, to the rollout and to its failure budget. */
export async function announceRevert(
  handle: RolloutHandle,
  message: RevertMessage,
  screen: Screen,
): Promise<Announcement> {
  return renderRevert(screen, await handle.previewRevert(message));
}

/** @see announceRevert */
export function renderRevert(screen: Screen, preview: RevertPreview): Announcement {
  const { targets, targetsLeftOut = 0, affected, stops } = preview;
  const { paint, width } = screen;
  const rows = targets.map((target) => [cleanLine(target.name), cleanLine(describeEffect(target))]);
  const lines = [
    `Revert of ${countOf(targets.length + targetsLeftOut, 'instance')}:`,
    ...columns(rows, width, '  '),
    ...(targetsLeftOut > 0 ? [`  and ${targetsLeftOut} more`] : []),
    ...describeBudget(preview).flatMap((text, index) =>
      wrap(`${stops !== undefined && index > 0 ? paint.yellow('!') : ' '} ${text}`, width, '  '),
    ),
    '',
  ];
  if (affected < 2 && stops === undefined) return { lines };
  const end = stops === undefined ? '' : ', and stop the rollout';
  return { lines, question: `Take ${countOf(affected, 'instance')} back${end}` };
}

function describeEffect({ effect, now, back }: RevertedTarget): string {
  const change = describeChange(now, back);
  switch (effect) {
    case 'goes-back':
      return change;
    case 'in-running-batch':
      return `${change}, once its change has ended; not changed at all where its turn has not come`;
    case 'nothing':
      return 'restored already, or being restored';
    default:
      return effect satisfies never;
  }
}

const GOES_BACK = {
  run: 'everything that it has changed goes back (failure.revert: run)',
  failed: 'the failed ones go back, and the rest stays changed (failure.revert: failed)',
  none: 'what it has changed stays (failure.revert: none)',
} as const satisfies Record<NonNullable<RevertPreview['stops']>['revert'], string>;

function describeBudget({ failures, budget, stops }: RevertPreview): string[] {
  if (failures === 0) return ['The rollout goes on, and its failure budget is untouched.'];
  const used = budget.map(
    ({ stage, failed, allowed }) => `${failed} failed in stage ${cleanLine(stage)}, where ${allowed} may`,
  );
  const counts = `Counts as ${countOf(failures, 'failure')}: ${used.join('; ')}.`;
  if (stops === undefined) return [`${counts} The rollout goes on.`];
  return [counts, `The rollout then stops: ${cleanLine(stops.reason)}. Then ${GOES_BACK[stops.revert]}.`];
}
