import { confirm, isCancel } from '@clack/prompts';
import { describeBounds, type RolloutBounds } from '../rollout/bounds.js';
import { countTargets, type Plan } from '../rollout/plan.js';
import type { RolloutSpec } from '../rollout/spec.js';
import { countOf } from '../rollout/status.js';
import { CliError, InterruptedError } from './errors.js';
import type { LocalReading } from './local-plan.js';
import type { Output } from './output.js';
import { cleanLine } from './render/clean.js';
import { columns, wrap } from './render/columns.js';
import { renderPlanHead, renderSetAside, renderWarnings } from './render/plan.js';
import { renderIntent } from './render/spec.js';
import type { Session } from './temporal.js';

/** What the spec asks for and which part of it is carried out, without looking at the fleet. */
export function showIntent(output: Output, spec: RolloutSpec, bounds: RolloutBounds): void {
  const held = describeBounds(bounds).flatMap((bound) => wrap(`  ${cleanLine(bound)}`, output.width, '    '));
  output.print(output.paint.bold(spec.name), ...renderIntent(output.width, spec), ...held, '');
}

/**
 * Shows what is about to be changed, and asks.
 *
 * @throws CliError `Declined`; InterruptedError after Ctrl-C
 */
export async function confirmStart(
  output: Output,
  spec: RolloutSpec,
  bounds: RolloutBounds,
  reading: LocalReading,
  session: Session,
): Promise<void> {
  if (reading.ok) showPlan(output, spec, reading.plan);
  else {
    output.print(
      ...wrap(`The plan can't be shown from here: ${cleanLine(reading.why)}`, output.width, '  '),
      'The worker makes it, with its own credentials. What the spec asks for:',
    );
    showIntent(output, spec, bounds);
  }
  const what = reading.ok ? `Change ${countOf(countTargets(reading.plan), 'instance')}` : `Start rollout ${spec.name}`;
  const answer = await confirm({
    message: `${what} (Temporal at ${session.address}, namespace ${session.namespace})?`,
    initialValue: false,
    output: output.stream,
  });
  if (isCancel(answer)) throw new InterruptedError('SIGINT', 'Nothing was started.');
  if (!answer) throw new CliError('Declined', 'Nothing was started, as answered.');
}

function showPlan(output: Output, spec: RolloutSpec, plan: Plan): void {
  output.print(
    ...renderPlanHead(output, spec.name, plan),
    ...columns(
      plan.stages.map(({ name, targets }) => [name, countOf(targets.length, 'instance')]),
      output.width,
      '    ',
    ),
    ...renderSetAside(output.width, plan.settled),
    ...renderWarnings(output, plan.warnings),
    '',
  );
}
