import { readRetention } from '../../history/index.js';
import { formatDuration } from '../../rollout/duration.js';
import { controlQueue, DEFAULT_TASK_QUEUE } from '../../rollout/queues.js';
import { countOf } from '../../rollout/status.js';
import { readVersion } from '../../version.js';
import type { DoctorFlags } from '../commands/doctor.js';
import { reasonOf } from '../errors.js';
import { describeFailingTask, findFailingTask, remedyOf } from '../failing-task.js';
import { KIND_TYPES, listOpen } from '../find-rollout.js';
import type { Finding } from '../json/local.js';
import { openSession, type Session } from '../temporal.js';
import { findPollers, type Pollers, workerCommand } from '../workers.js';

/** What breaks under IMDSv2 often breaks weeks later: a shorter retention than this wants a journal; milliseconds. */
const SHORT_RETENTION = 30 * 86_400_000;

const SILENCE = 5_000;

const UNKNOWN = 'unknown';

/** Schedules that are looked at; a namespace may have thousands of others. */
const MAX_SCHEDULES = 1_000;

/** The server, how long it keeps what a rollback needs, who works, and what is meant to run but doesn't. */
export async function examineTemporal(flags: DoctorFlags): Promise<Finding[]> {
  let session: Session;
  try {
    session = await openSession(flags);
    const { namespace } = session;
    await session.within(SILENCE, () => session.client.workflowService.describeNamespace({ namespace }));
  } catch (error) {
    const [what = '', ...remedy] = reasonOf(error).split('\n');
    const rest = remedy
      .map((line) => line.trim().replace(/^- /, ''))
      .filter((line) => line !== '')
      .join('; ')
      .replace(':; ', ': ');
    return [
      {
        check: 'temporal',
        state: 'failure',
        what,
        remedy: rest || 'start one: temporal server start-dev; or give --address and --namespace',
      },
    ];
  }
  const { address, namespace } = session;
  const server: Finding = {
    check: 'temporal',
    state: 'ok',
    what: `Temporal answers at ${address}, namespace ${namespace}`,
  };
  return [
    server,
    {
      check: 'one-writer',
      state: 'ok',
      what: `rollouts of namespace ${namespace} exclude one another; those of another namespace or server are not seen, so keep all of an account to one`,
    },
    await examineRetention(session),
    ...(await examineWorkers(session, flags.taskQueue ?? DEFAULT_TASK_QUEUE)),
    ...(await examineOpenRuns(session, flags.taskQueue ?? DEFAULT_TASK_QUEUE)),
    ...(await examineSchedules(session)),
  ];
}

async function examineRetention({ client }: Session): Promise<Finding> {
  const retention = await readRetention(client);
  const remedy = "keep an undo file: worker --journal, or report; or raise the namespace's retention";
  if (retention === undefined) {
    return { check: 'retention', state: 'warning', what: 'nobody says for how long histories are kept', remedy };
  }
  const what = `histories are kept for ${formatDuration(retention)} after the end: until then rollback needs nothing else`;
  return retention < SHORT_RETENTION
    ? { check: 'retention', state: 'warning', what, remedy }
    : { check: 'retention', state: 'ok', what };
}

async function examineWorkers(session: Session, taskQueue: string): Promise<Finding[]> {
  const queues = [
    [taskQueue, await findPollers(session, taskQueue)],
    [controlQueue(taskQueue), await findPollers(session, controlQueue(taskQueue), 'activity')],
  ] as const;
  return queues.flatMap(([queue, pollers]) => examineQueue(session, taskQueue, queue, pollers));
}

function examineQueue(session: Session, taskQueue: string, queue: string, { live, identities }: Pollers): Finding[] {
  if (live === 0) {
    const remedy = `start one: ${workerCommand(session, taskQueue)}`;
    return [{ check: 'worker', state: 'failure', what: `no worker polls task queue ${queue}`, remedy }];
  }
  const found = identities.map((identity) => /\/(\d+\.\d+\.\d\S*)$/.exec(identity)?.[1] ?? UNKNOWN);
  // A worker with the plugin has the identity that its host gives it; its control worker adds the version to that.
  const versions = [...new Set(found)].filter((version) => version !== UNKNOWN || queue !== taskQueue);
  const known = versions.length > 0 ? `, version ${versions.sort().join(', ')}` : '';
  const what = `${countOf(live, 'worker')} on task queue ${queue}${known}`;
  const own = readVersion();
  if (versions.every((version) => version === own)) return [{ check: 'worker', state: 'ok', what }];
  const remedy = `this command is ${own}: run the same version on both sides`;
  return [{ check: 'worker', state: 'warning', what, remedy }];
}

/** An open run whose workflow task fails again and again stands still, and only the log of its worker says so. */
async function examineOpenRuns(session: Session, taskQueue: string): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const type of KIND_TYPES) {
    for (const workflowId of await listOpen(session, type, taskQueue)) {
      const failing = await findFailingTask(session, workflowId);
      if (failing === undefined) continue;
      const what = describeFailingTask(failing).split('\n')[0] ?? '';
      findings.push({ check: 'run', state: 'failure', what, remedy: remedyOf(failing.message) });
    }
  }
  return findings;
}

/** A schedule that is paused keeps nothing hardened, and says so nowhere else. */
async function examineSchedules({ client }: Session): Promise<Finding[]> {
  const findings: Finding[] = [];
  let looked = 0;
  try {
    for await (const { scheduleId, action, state } of client.schedule.list({ pageSize: 100 })) {
      looked += 1;
      if (looked > MAX_SCHEDULES) break;
      if (action?.type !== 'startWorkflow' || action.workflowType !== 'imdsRollout') continue;
      const note = state.note ? ` (${state.note})` : '';
      findings.push(
        state.paused
          ? {
              check: 'schedule',
              state: 'warning',
              what: `schedule ${scheduleId} is paused${note}: what it keeps hardened is not looked after`,
              remedy: `temporal schedule toggle --schedule-id ${scheduleId} --unpause --reason checked`,
            }
          : { check: 'schedule', state: 'ok', what: `schedule ${scheduleId} runs` },
      );
    }
  } catch (error) {
    return [{ check: 'schedule', state: 'warning', what: `schedules can't be listed: ${reasonOf(error)}` }];
  }
  return findings;
}
