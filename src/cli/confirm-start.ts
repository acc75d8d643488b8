import { confirm, isCancel } from '@clack/prompts';
import { countTargets } from '../rollout/plan.js';
import type { RolloutSpec } from '../rollout/spec.js';
import { countOf } from '../rollout/status.js';
import { CliError, InterruptedError } from './errors.js';
import { planLocally } from './local-plan.js';
import type { Output } from './output.js';
import { cleanLine } from './render/clean.js';
import { columns, wrap } from './render/columns.js';
import { renderPlanHead, renderWarnings } from './render/plan.js';
import { renderIntent } from './render/spec.js';
import type { Session } from './temporal.js';

/** The plan is shown where it can be had soon; the worker makes its own in any case. */
const PLAN_TIMEOUT = 20_000;

/** What the spec asks for, without looking at the fleet. */
export function showIntent(output: Output, spec: RolloutSpec): void {
  output.print(output.paint.bold(spec.name), ...renderIntent(output.width, spec), '');
}

/**
 * Shows what is about to be changed, and asks.
 *
 * @throws CliError `Declined`, `PlanRefused`; InterruptedError after Ctrl-C
 */
export async function confirmStart(output: Output, spec: RolloutSpec, session: Session): Promise<void> {
  const changes = await showPlan(output, spec);
  const what = changes === undefined ? `Start rollout ${spec.name}` : `Change ${countOf(changes, 'instance')}`;
  const answer = await confirm({
    message: `${what} (Temporal at ${session.address}, namespace ${session.namespace})?`,
    initialValue: false,
    output: output.stream,
  });
  if (isCancel(answer)) throw new InterruptedError('SIGINT', 'Nothing was started.');
  if (!answer) throw new CliError('Declined', 'Nothing was started, as answered.');
}

/** @returns the number of changes; undefined where the plan can't be read from here */
async function showPlan(output: Output, spec: RolloutSpec): Promise<number | undefined> {
  try {
    const { plan } = await planLocally(spec, AbortSignal.timeout(PLAN_TIMEOUT));
    output.print(
      ...renderPlanHead(output, spec.name, plan),
      ...columns(
        plan.stages.map(({ name, targets }) => [name, countOf(targets.length, 'instance')]),
        output.width,
        '    ',
      ),
      ...renderWarnings(output, plan.warnings),
      '',
    );
    return countTargets(plan);
  } catch (error) {
    if (error instanceof CliError && error.type === 'PlanRefused') throw error;
    const why = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    output.print(
      ...wrap(`The plan can't be shown from here: ${cleanLine(why)}`, output.width, '  '),
      'The worker makes it, with its own credentials. What the spec asks for:',
    );
    showIntent(output, spec);
    return undefined;
  }
}
