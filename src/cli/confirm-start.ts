import { describeBounds, type RolloutBounds } from '../rollout/bounds.js';
import { cleanLine } from '../rollout/clean.js';
import { countTargets } from '../rollout/plan.js';
import type { RolloutSpec } from '../rollout/spec.js';
import { warningsOfSpec } from '../rollout/spec-warnings.js';
import { countOf } from '../rollout/status.js';
import { ask, whereAsked } from './ask.js';
import type { PlanJson } from './json/plan.js';
import type { LocalReading } from './local-plan.js';
import type { Output, Screen } from './output.js';
import { columns, wrap } from './render/columns.js';
import {
  type PlanOutline,
  renderEvidence,
  renderPlanHead,
  renderSetAside,
  renderTerms,
  renderWarnings,
} from './render/plan.js';
import { renderIntent } from './render/spec.js';
import type { Session } from './temporal.js';

/** What the spec asks for and which part of it is carried out, without looking at the fleet. */
export function showIntent(output: Output, spec: RolloutSpec, bounds: RolloutBounds): void {
  const held = describeBounds(bounds).flatMap((bound) => wrap(`  ${cleanLine(bound)}`, output.width, '    '));
  output.print(output.paint.bold(spec.name), ...renderIntent(output.width, spec), ...held);
  output.print(...renderWarnings(output, warningsOfSpec(spec)), '');
}

/** What a person is to agree to. */
export interface Intent {
  readonly spec: RolloutSpec;
  readonly bounds: RolloutBounds;
  /** The plan of now. */
  readonly reading: LocalReading;
  /** The only plan that the worker carries out. */
  readonly kept: PlanJson | undefined;
}

/**
 * Shows what is about to be changed, and asks.
 *
 * @throws CliError `Declined`; InterruptedError after Ctrl-C
 */
export async function confirmStart(output: Output, session: Session, intent: Intent): Promise<void> {
  await ask(output, `${showChanges(output, intent)} (${whereAsked(session)})?`, 'Nothing was started');
}

/** @returns what is asked */
function showChanges(output: Output, { spec, bounds, reading, kept }: Intent): string {
  if (reading.ok) {
    const { plan } = reading;
    output.print(
      ...renderPlanInShort(output, spec.name, plan),
      ...renderSetAside(output.width, plan.settled),
      ...renderEvidence(output.width, plan),
      ...renderWarnings(output, plan.warnings),
      '',
      ...renderTerms(output.width, spec, plan),
    );
    return `Change ${countOf(countTargets(plan), 'instance')}`;
  }
  if (kept !== undefined) {
    output.print(...renderPlanInShort(output, spec.name, kept), '');
    return `Change ${countOf(countTargets(kept), 'instance')}`;
  }
  output.print(
    ...wrap(`The plan can't be shown from here: ${cleanLine(reading.why)}`, output.width, '  '),
    'The worker makes it, with its own credentials. What the spec asks for:',
  );
  showIntent(output, spec, bounds);
  return `Start rollout ${spec.name}`;
}

/** The stages with so many instances each. */
function renderPlanInShort(screen: Screen, name: string, plan: PlanOutline): string[] {
  const stages = plan.stages.map((stage) => [cleanLine(stage.name), countOf(stage.targets.length, 'instance')]);
  return [...renderPlanHead(screen, name, plan), ...columns(stages, screen.width, '    ')];
}
