import type { RolloutBounds } from '../rollout/bounds.js';
import type { Plan } from '../rollout/plan.js';
import { DEFAULT_TASK_QUEUE } from '../rollout/queues.js';
import { shellWord } from '../rollout/shell.js';
import { readBounds } from './commands/bounds-flags.js';
import type { PlanFlags } from './commands/plan.js';
import { givenConnectionFlags, givenFlags, refuseIdle } from './idle-flags.js';
import { planLocally, requireBounds } from './local-plan.js';
import { commandLine } from './next-command.js';
import { createOutput, type Output } from './output.js';
import { requirePlanPath, writePlanFile } from './plan-file.js';
import { describePlan } from './plan-json.js';
import { renderPlan } from './render/plan.js';
import { renderPlanMarkdown } from './render/plan-markdown.js';
import { requireSpec } from './require-spec.js';
import type { SpecFile } from './spec-file.js';
import { withSession } from './temporal.js';
import { requireWorker } from './workers.js';

type Spec = Extract<SpecFile, { ok: true }>;

/** Makes a plan, here or by a worker, shows it and keeps it where that is asked for. */
export async function showPlan(path: string, flags: PlanFlags): Promise<void> {
  refuseIdleFlags(flags);
  const output = createOutput(flags);
  const file = await requireSpec(path);
  const bounds = requireBounds(readBounds(flags), file.spec);
  if (flags.output !== undefined) await requirePlanPath(flags.output);
  const plan = flags.remote
    ? await planRemotely(file, bounds, flags, output)
    : await planLocally(file.spec, bounds, { config: flags.config, note: output.note });
  const json = describePlan(file.spec, plan, bounds);
  if (flags.output !== undefined) await writePlanFile(flags.output, json);
  output.result(json);
  if (!output.json && flags.format === 'markdown') output.print(...renderPlanMarkdown(file.spec, plan));
  else if (!output.json) {
    const endpoint = flags.remote ? undefined : process.env.AWS_ENDPOINT_URL_LIGHTSAIL;
    output.print(...renderPlan(output, file.spec, plan, endpoint));
  }
  if (flags.output !== undefined)
    output.note(`Kept in ${flags.output}. To carry it out:\n  ${startLine(path, flags, flags.output)}`);
}

function startLine(path: string, flags: PlanFlags, file: string): string {
  const config = flags.config === undefined ? [] : ['--config', shellWord(flags.config)];
  return commandLine('start', path, flags, '--plan', shellWord(file), ...config);
}

/** @throws CliError `BadInput` */
function refuseIdleFlags(flags: PlanFlags): void {
  const { remote, taskQueue, config } = flags;
  if (remote) {
    refuseIdle(
      'The worker makes the plan by its own configuration, and has no use for',
      givenFlags({ '--config': config }),
    );
    return;
  }
  const idle = [...givenFlags({ '--task-queue': taskQueue }), ...givenConnectionFlags(flags)];
  refuseIdle('A plan that is made here has no use for', idle, 'add --remote');
}

function planRemotely({ input }: Spec, bounds: RolloutBounds, flags: PlanFlags, output: Output): Promise<Plan> {
  const taskQueue = flags.taskQueue ?? DEFAULT_TASK_QUEUE;
  return withSession(flags, async (session) => {
    await requireWorker(session, taskQueue, 'No plan was made.', output.note);
    if (output.isTerminal) output.note(`A worker on task queue ${taskQueue} makes the plan.`);
    return session.rollouts.plan(input, { taskQueue, bounds });
  });
}
