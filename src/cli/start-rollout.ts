import { readRetention } from '../history/index.js';
import type { RolloutBounds } from '../rollout/bounds.js';
import { formatDuration } from '../rollout/duration.js';
import { DEFAULT_TASK_QUEUE } from '../rollout/queues.js';
import type { RolloutSpec, RolloutSpecInput } from '../rollout/spec.js';
import { type BoundsFlags, readBounds } from './commands/bounds-flags.js';
import { accountsOf, describeDifference } from './compare-plans.js';
import { confirmStart, showIntent } from './confirm-start.js';
import { CliError } from './errors.js';
import { EXIT } from './exit-codes.js';
import type { FoundRollout } from './find-rollout.js';
import type { ConfigFlag, ConnectionFlags, JsonFlag } from './flags.js';
import { givenFlags, refuseIdle } from './idle-flags.js';
import type { PlanJson } from './json/plan.js';
import { type LocalReading, requireBounds, tryPlanLocally } from './local-plan.js';
import { commandLine } from './next-command.js';
import type { Output } from './output.js';
import { boundsOf, readPlanFile } from './plan-file.js';
import { describePlan } from './plan-json.js';
import { wrap } from './render/columns.js';
import { rolloutJson } from './rollout-json.js';
import { type Session, withSession } from './temporal.js';
import { watchToEnd } from './watch-to-end.js';
import { awaitWorker, describeNoWorker } from './workers.js';

export interface StartFlags extends ConnectionFlags, ConfigFlag, JsonFlag, BoundsFlags {
  readonly plan?: string;
  readonly yes?: boolean;
  readonly watch?: boolean;
  readonly wait?: boolean;
  readonly taskQueue?: string;
  readonly workflowId?: string;
}

/** What is going to be started, as far as files and flags say it. */
export interface StartRequest {
  readonly spec: RolloutSpec;
  readonly input: RolloutSpecInput;
  readonly bounds: RolloutBounds;
  /** The only plan that may be carried out. */
  readonly kept: PlanJson | undefined;
}

/** Asks where it may, starts the rollout, and watches it where that is wanted. @returns the exit code */
export async function startRollout(
  file: Pick<StartRequest, 'spec' | 'input'>,
  flags: StartFlags,
  output: Output,
): Promise<number> {
  refuseIdleConfig(flags);
  const request = await readRequest(file, flags);
  return withSession(flags, async (session) => {
    await agreeOnStart(session, request, flags, output);
    const rollout = await startAgreed(session, request, flags, output);
    output.print(...(await describeRetention(session, output.width)), '');
    if (flags.watch || flags.wait) return watchToEnd(session, rollout, output, { ...flags, quiet: !flags.watch });
    return sayStarted(session, rollout, flags, output);
  });
}

/** Where nobody is asked, no plan is made here that would need the roles. @throws CliError `BadInput` */
export function refuseIdleConfig({ yes, plan, config }: Pick<StartFlags, 'yes' | 'plan' | 'config'>): void {
  if (!yes || plan !== undefined) return;
  const why = 'No plan is made here where nobody is asked, which leaves no use for';
  refuseIdle(why, givenFlags({ '--config': config }), 'leave --yes out');
}

/** @throws CliError `BadInput` where the plan that was kept, or a bound, doesn't fit the spec */
export async function readRequest(
  { spec, input }: Pick<StartRequest, 'spec' | 'input'>,
  flags: StartFlags,
): Promise<StartRequest> {
  const kept = flags.plan === undefined ? undefined : await readPlanFile(flags.plan, spec.name);
  return { spec, input, bounds: chooseBounds(spec, flags, kept), kept };
}

/**
 * Shows what is about to be changed, and asks, unless that was answered beforehand.
 *
 * @throws CliError `Declined`, `PlanChanged`, `PlanRefused`; InterruptedError after Ctrl-C
 */
export async function agreeOnStart(
  session: Session,
  { spec, bounds, kept }: StartRequest,
  { yes, config }: StartFlags,
  output: Output,
): Promise<void> {
  if (kept !== undefined || !yes) {
    const reading =
      kept === undefined
        ? await tryPlanLocally(spec, bounds, { config, note: output.note })
        : await holdAgainst(kept, { spec, bounds, config }, output);
    if (!yes) await confirmStart(output, session, { spec, bounds, reading, kept });
  }
  if (yes) showIntent(output, spec, bounds);
}

/** Starts what was agreed on, and says so. @throws RolloutAlreadyRunning */
export async function startAgreed(
  session: Session,
  { input, bounds }: StartRequest,
  flags: StartFlags,
  output: Output,
): Promise<FoundRollout> {
  const rollout = await start(session, input, bounds, flags);
  output.print(`${output.paint.green('✔')} Started ${rollout.workflowId} on task queue ${rollout.taskQueue}.`);
  return rollout;
}

/** What the flags say, or the plan that was kept. @throws CliError `BadInput` */
function chooseBounds(spec: RolloutSpec, flags: StartFlags, kept: PlanJson | undefined): RolloutBounds {
  const said = readBounds(flags);
  if (kept === undefined) return requireBounds(said, spec);
  if (Object.keys(said).length > 0) {
    throw new CliError(
      'BadInput',
      'A plan says already which part of it is carried out: leave --only, --limit and --until out, or plan with them.',
    );
  }
  return requireBounds(boundsOf(kept), spec, (path) => `${flags.plan}: ${path}`);
}

/**
 * Holds a plan that was kept against the one of now, where that can be had from here; the worker does so in any case.
 *
 * @throws CliError `PlanChanged`
 */
async function holdAgainst(
  kept: PlanJson,
  { spec, bounds, config }: { spec: RolloutSpec; bounds: RolloutBounds; config: string | undefined },
  output: Output,
): Promise<LocalReading> {
  const reading = await tryPlanLocally(spec, bounds, {
    config,
    note: output.note,
    accounts: accountsOf(kept),
  }).catch((error: unknown) => {
    throw error instanceof CliError && error.type === 'PlanRefused' ? planChanged(error.message) : error;
  });
  if (!reading.ok) {
    output.note(`The plan can't be compared from here: ${reading.why}\nThe worker compares it.`);
    return reading;
  }
  const difference = describeDifference(kept, describePlan(spec, reading.plan, {}));
  if (difference === undefined) return reading;
  throw planChanged(`${difference}.`);
}

function planChanged(why: string): CliError {
  return new CliError(
    'PlanChanged',
    `The plan is another one now, and nothing was started: ${why}\nLook at a new plan, and start that: imds-rollout plan SPEC -o FILE`,
  );
}

async function start(
  session: Session,
  input: RolloutSpecInput,
  bounds: RolloutBounds,
  flags: StartFlags,
): Promise<FoundRollout> {
  const taskQueue = flags.taskQueue ?? DEFAULT_TASK_QUEUE;
  const handle = await session.rollouts.start(input, {
    taskQueue,
    bounds,
    ...(flags.workflowId !== undefined && { workflowId: flags.workflowId }),
  });
  const { workflowId, runId = '' } = handle;
  return { handle, workflowId, runId, taskQueue, isOpen: true, kind: 'rollout' };
}

/** How long a way back needs nothing but the history. */
async function describeRetention({ client }: Session, width: number): Promise<string[]> {
  const retention = await readRetention(client);
  if (retention === undefined) return [];
  const kept = formatDuration(retention);
  return wrap(
    `  Once it has ended, rollback can read its history for ${kept}; later it needs a file of worker --journal, or of report.`,
    width,
    '  ',
  );
}

/** @returns the exit code: that of a missing worker where none comes */
async function sayStarted(session: Session, rollout: FoundRollout, flags: StartFlags, output: Output): Promise<number> {
  const { workflowId, taskQueue } = rollout;
  const pollers = await awaitWorker(session, taskQueue, output.note);
  const exitCode = pollers.live > 0 ? EXIT.done : EXIT.unavailable;
  output.result(rolloutJson(session, rollout, { state: exitCode === EXIT.done ? 'started' : 'no-worker', exitCode }));
  if (exitCode !== EXIT.done) {
    const waits = `Rollout ${workflowId} is started and stands waiting: nothing is changed before a worker polls, and then it begins by itself.`;
    output.note(`${describeNoWorker(session, taskQueue, pollers)}\n${waits}`);
  }
  output.print('To follow it:', `  ${commandLine('watch', workflowId, flags)}`);
  return exitCode;
}
