import { readRetention } from '../history/index.js';
import { classifyError, createSdkLightsail, describeProblem } from '../lightsail/index.js';
import { formatDuration } from '../rollout/duration.js';
import { controlQueue, DEFAULT_TASK_QUEUE } from '../rollout/queues.js';
import { countOf } from '../rollout/status.js';
import type { DoctorFlags } from './commands/doctor.js';
import { reasonOf } from './errors.js';
import { EXIT } from './exit-codes.js';
import { createOutput, type Output } from './output.js';
import { describeUnread, readRegions } from './read-regions.js';
import { cleanLine } from './render/clean.js';
import { wrap } from './render/columns.js';
import { openSession, type Session } from './temporal.js';
import { findPollers } from './workers.js';

/** One thing that was looked at. */
export interface Finding {
  readonly check: 'credentials' | 'region' | 'permission' | 'temporal' | 'retention' | 'worker';
  readonly state: 'ok' | 'warning' | 'failure';
  readonly what: string;
  /** Missing where nothing is to be done. */
  readonly remedy?: string;
}

/** What `doctor --json` prints. */
export interface DoctorJson {
  readonly findings: readonly Finding[];
}

/** What breaks under IMDSv2 often breaks weeks later: a shorter retention than this wants a journal; milliseconds. */
const SHORT_RETENTION = 30 * 86_400_000;

const SILENCE = 5_000;

/** Looks at everything that a rollout needs, and says what is missing. @returns the exit code */
export async function examine(specPath: string | undefined, flags: DoctorFlags): Promise<number> {
  const output = createOutput(flags);
  const regions = await regionsOf(specPath, flags);
  const aws = await examineAws(regions);
  show(output, aws);
  const temporal = await examineTemporal(flags);
  show(output, temporal);
  const json: DoctorJson = { findings: [...aws, ...temporal] };
  output.result(json);
  if (aws.some(({ state }) => state === 'failure')) return EXIT.badInput;
  return temporal.some(({ state }) => state === 'failure') ? EXIT.unavailable : EXIT.done;
}

async function regionsOf(specPath: string | undefined, { regions }: DoctorFlags): Promise<readonly string[]> {
  if (regions !== undefined) return regions;
  if (specPath !== undefined) {
    const { requireSpec } = await import('./require-spec.js');
    return (await requireSpec(specPath)).spec.targets.regions;
  }
  const own = process.env.AWS_REGION ?? process.env.AWS_DEFAULT_REGION;
  return own ? [own] : [];
}

async function examineAws(regions: readonly string[]): Promise<Finding[]> {
  const { checkCredentials, lightsail, close } = createSdkLightsail();
  try {
    const credentials = await checkCredentials().then(
      (): Finding => ({ check: 'credentials', state: 'ok', what: 'AWS credentials are there' }),
      (error: unknown): Finding => ({
        check: 'credentials',
        state: 'failure',
        what: `no AWS credentials (${reasonOf(error)})`,
        remedy: 'set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
      }),
    );
    if (credentials.state === 'failure') return [credentials];
    if (regions.length === 0) return [credentials, NO_REGION];
    const { instances, unread } = await readRegions(regions, {});
    const seen = regions.flatMap((region): Finding[] => {
      const bad = unread.find((each) => each.region === region);
      if (bad !== undefined)
        return [{ check: 'region', state: 'failure', what: describeUnread(bad), remedy: ALLOW_READING }];
      const own = instances.filter((instance) => instance.region === region);
      const accounts = [...new Set(own.map(({ account }) => account))].join(', ');
      const whose = accounts === '' ? '' : ` in account ${accounts}`;
      return [{ check: 'region', state: 'ok', what: `${region}: ${countOf(own.length, 'instance')}${whose}` }];
    });
    const [first] = instances;
    if (first === undefined) return [credentials, ...seen];
    const single = await lightsail({ region: first.region })
      .getInstance({ instanceName: first.name })
      .then(
        (): Finding => ({ check: 'permission', state: 'ok', what: 'lightsail:GetInstance is allowed' }),
        (error: unknown): Finding => ({
          check: 'permission',
          state: 'failure',
          what: `lightsail:GetInstance of ${first.region}/${first.name}: ${describeProblem(classifyError(error))}`,
          remedy: ALLOW_READING,
        }),
      );
    return [credentials, ...seen, single, NOT_TRIED];
  } finally {
    close();
  }
}

const ALLOW_READING = 'allow what imds-rollout iam-policy prints';

const NO_REGION: Finding = {
  check: 'region',
  state: 'warning',
  what: 'no region was looked at',
  remedy: 'name them: a spec, --regions or AWS_REGION',
};

const NOT_TRIED: Finding = {
  check: 'permission',
  state: 'warning',
  what: 'lightsail:UpdateInstanceMetadataOptions was not tried, since that writes',
  remedy: `${ALLOW_READING}, and begin with a canary of one`,
};

async function examineTemporal(flags: DoctorFlags): Promise<Finding[]> {
  let session: Session;
  try {
    session = await openSession(flags);
    const { namespace } = session;
    await session.within(SILENCE, () => session.client.workflowService.describeNamespace({ namespace }));
  } catch (error) {
    const [what = '', ...remedy] = reasonOf(error).split('\n');
    const rest = remedy.join(' ').replaceAll(/\s+/g, ' ').trim();
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
    await examineRetention(session),
    ...(await examineWorker(session, flags.taskQueue ?? DEFAULT_TASK_QUEUE)),
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

async function examineWorker(session: Session, taskQueue: string): Promise<Finding[]> {
  const queues = [
    [taskQueue, await findPollers(session, taskQueue)],
    [controlQueue(taskQueue), await findPollers(session, controlQueue(taskQueue), 'activity')],
  ] as const;
  return queues.map(([queue, { live }]): Finding => {
    if (live > 0) return { check: 'worker', state: 'ok', what: `${countOf(live, 'worker')} on task queue ${queue}` };
    const remedy = `start one: imds-rollout worker --task-queue ${taskQueue}`;
    return { check: 'worker', state: 'failure', what: `no worker polls task queue ${queue}`, remedy };
  });
}

const MARKS = { ok: '✔', warning: '!', failure: '✘' } as const satisfies Record<Finding['state'], string>;

function show(output: Output, findings: readonly Finding[]): void {
  const { paint, width } = output;
  const colours = { ok: paint.green, warning: paint.yellow, failure: paint.red };
  for (const { state, what, remedy } of findings) {
    output.print(...wrap(`${colours[state](MARKS[state])} ${cleanLine(what)}`, width, '  '));
    if (remedy !== undefined) output.print(...wrap(`    → ${cleanLine(remedy)}`, width, '      '));
  }
}
