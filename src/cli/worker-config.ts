import { resolve } from 'node:path';
import { z } from 'zod';
import type { WorkerSettings } from '../activities/index.js';
import { canonicalHost } from '../activities/probe-hosts.js';
import { journalOf } from '../activities/settings.js';
import { type AccountRoles, DEFAULT_PACING, type PacingLimits } from '../lightsail/index.js';
import { quoteKey, suggest } from '../rollout/problem.js';
import { ACCOUNT_ID, REGION_NAME } from '../rollout/scope.js';
import { describeIssue, problemsOf } from '../rollout/spec-problems.js';
import { CliError } from './errors.js';
import { describeLocatedProblems } from './render/spec.js';
import { readSource } from './source.js';
import { type LocatedProblem, readYaml } from './yaml-source.js';

/** The environment variable with the address that notifications are posted to. */
export const WEBHOOK_VARIABLE = 'IMDS_ROLLOUT_NOTIFY_WEBHOOK';

/** Flags of `worker` that say what it allows; they add to the file's. */
export interface AllowFlags {
  /** Path of a YAML or JSON file; `-` is standard input. */
  readonly config?: string | undefined;
  readonly allowProbeHost?: readonly string[];
  readonly allowPrivateProbes?: boolean;
  readonly allowTaskQueue?: readonly string[];
  /** A folder; it goes before the file's. */
  readonly journal?: string;
}

const BAD_HOST =
  'must be a host as it stands in a URL, such as health.example.com or 203.0.113.7, without scheme, port and path';
const BAD_QUEUE = 'must be the name of a task queue, of 1 to 200 characters';

const host = z.string().transform((text, context) => {
  const canonical = canonicalHost(text);
  if (canonical !== undefined) return canonical;
  context.addIssue({ code: 'custom', message: BAD_HOST });
  return z.NEVER;
});

const queue = z.string().refine(isQueue, BAD_QUEUE);

const ROLE_ARN = /^arn:aws[\w-]*:iam::(\d{12}):role\/[\w+=,.@/-]{1,512}$/;

const role = strict({
  role: z.string().regex(ROLE_ARN, 'must be the ARN of a role, such as arn:aws:iam::444455556666:role/imds-rollout'),
  externalId: z
    .string()
    .regex(/^[\w+=,.@:/-]{2,1224}$/, 'must be 2 to 1,224 letters, digits and _+=,.@:/-')
    .exactOptional(),
  regions: z.array(z.string().regex(REGION_NAME, 'must be a region such as us-east-1')).min(1).exactOptional(),
});

const accounts = z
  .record(z.string().regex(ACCOUNT_ID, 'must be an account ID of 12 digits, in quotes'), role)
  .superRefine((roles, context) => {
    for (const [account, { role }] of Object.entries(roles)) {
      const [, owner] = ROLE_ARN.exec(role) ?? [];
      if (owner === account) continue;
      const message = `is a role of account ${owner}, and can't be one of account ${account}`;
      context.addIssue({ code: 'custom', path: [account, 'role'], message });
    }
  });

const fileSchema = strict({
  accounts: accounts.exactOptional(),
  probes: strict({ allowHosts: z.array(host).prefault([]), allowPrivate: z.boolean().default(false) }).prefault({}),
  taskQueues: z.array(queue).prefault([]),
  journal: z
    .union([z.string().min(1), strict({ folder: z.string().min(1), required: z.boolean().default(false) })])
    .exactOptional(),
  pacing: strict({
    ratePerSecond: z.number().min(0.01).max(1_000),
    burst: z.int().min(1).max(1_000).default(DEFAULT_PACING.burst),
  }).exactOptional(),
});

/** What a worker allows, which accounts it reaches, and how fast it may call. */
export interface WorkerConfig extends WorkerSettings {
  readonly accounts?: AccountRoles;
  readonly pacing?: PacingLimits;
}

/** Names the file of a worker's configuration where `--config` doesn't. */
const CONFIG_VARIABLE = 'IMDS_ROLLOUT_CONFIG';

/** The file of a worker's configuration: the flag's, or the variable's. */
export function configFile(flag: string | undefined): string | undefined {
  return flag ?? (process.env[CONFIG_VARIABLE] || undefined);
}

type FileSettings = z.output<typeof fileSchema>;

/**
 * What a worker allows, from its file, its flags and its environment.
 *
 * @throws CliError `BadInput` with every problem of the file, or the one of a flag or variable; the webhook is never shown
 * @example await readWorkerSettings({ allowTaskQueue: ['mine'] }, process.env) // { probes: …, taskQueues: ['mine'] }
 */
export async function readWorkerSettings(
  { config, allowProbeHost = [], allowPrivateProbes = false, allowTaskQueue = [], journal: folder }: AllowFlags,
  env: Readonly<Record<string, string | undefined>>,
): Promise<WorkerConfig> {
  const webhook = readWebhook(env[WEBHOOK_VARIABLE]);
  const hosts = allowProbeHost.map((text) => readFlag('--allow-probe-host', text, canonicalHost(text), BAD_HOST));
  const queues = allowTaskQueue.map((text) =>
    readFlag('--allow-task-queue', text, isQueue(text) ? text : undefined, BAD_QUEUE),
  );
  const path = configFile(config);
  const { probes, taskQueues, ...file } = path === undefined ? fileSchema.parse({}) : await readFile(path);
  const journal = journalOf({ ...(file.journal !== undefined && { journal: file.journal }) });
  const place = folder ?? journal?.folder;
  return {
    probes: {
      allowHosts: [...new Set([...probes.allowHosts, ...hosts])],
      allowPrivate: probes.allowPrivate || allowPrivateProbes,
    },
    taskQueues: [...new Set([...taskQueues, ...queues])],
    ...(place !== undefined && {
      journal: journal?.required === true ? { folder: resolve(place), required: true } : resolve(place),
    }),
    ...(file.pacing !== undefined && { pacing: file.pacing }),
    ...(file.accounts !== undefined && { accounts: file.accounts }),
    ...(webhook !== undefined && { notifyWebhook: webhook }),
  };
}

function describeBurst({ burst }: PacingLimits): string {
  return burst === 1 ? 'without bursts' : `with bursts of ${burst}`;
}

/** What a worker allows, in one line each; nothing where it allows nothing beside the default. */
export function describeSettings(config: WorkerConfig): string[] {
  const { accounts = {}, probes, taskQueues = [], pacing, notifyWebhook } = config;
  const journal = journalOf(config);
  const { allowHosts = [], allowPrivate = false } = probes ?? {};
  const byRole = Object.entries(accounts).map(([id, { regions }]) => (regions ? `${id} (${regions.join(', ')})` : id));
  return [
    ...(byRole.length > 0 ? [`Accounts by role: ${byRole.join(', ')}.`] : []),
    ...(allowHosts.length > 0 ? [`Health probes may also go to ${allowHosts.join(', ')}.`] : []),
    ...(allowPrivate ? ['! Health probes may reach loopback and private addresses.'] : []),
    ...(taskQueues.length > 0 ? [`Specs may name activities on ${taskQueues.join(', ')}.`] : []),
    ...(pacing !== undefined
      ? [`Calls to one account and region: at most ${pacing.ratePerSecond} a second, ${describeBurst(pacing)}.`]
      : []),
    ...(journal !== undefined
      ? [
          `Undo files are kept in ${journal.folder}${journal.required ? ", and a rollout waits where its own can't be written" : ''}.`,
        ]
      : []),
    ...(notifyWebhook !== undefined ? [`Notifications go to the webhook in ${WEBHOOK_VARIABLE}.`] : []),
  ];
}

async function readFile(path: string): Promise<FileSettings> {
  const read = readYaml(await readSource(path));
  if (!read.ok) throw refuse(path, read.problems);
  const parsed = fileSchema.safeParse(read.value, { error: describeIssue, reportInput: false });
  if (parsed.success) return parsed.data;
  const problems = read.place(parsed.error.issues.flatMap(problemsOf));
  throw refuse(
    path,
    problems.map((problem) => ({ ...problem, path: problem.path === '(spec)' ? '(file)' : problem.path })),
  );
}

function refuse(path: string, problems: readonly LocatedProblem[]): CliError {
  const where = path === '-' ? '(stdin)' : path;
  const text = describeLocatedProblems(where, problems);
  return new CliError('BadInput', `The worker's configuration is refused, and nothing was started:\n${text}`);
}

function readFlag(flag: string, text: string, value: string | undefined, problem: string): string {
  if (value !== undefined) return value;
  throw new CliError('BadInput', `${flag} ${quoteKey(text)}: ${problem}.`);
}

/** The value is a secret as often as not, so no error shows it. */
function readWebhook(value: string | undefined): string | undefined {
  if (value === undefined || value === '') return undefined;
  const url = URL.canParse(value) ? new URL(value) : undefined;
  const isAddress = url !== undefined && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '';
  if (isAddress) return value;
  throw new CliError(
    'BadInput',
    `${WEBHOOK_VARIABLE} must be an http(s) address without user name and password; its value isn't shown here. Correct it, or unset it to send no notifications.`,
  );
}

function isQueue(text: string): boolean {
  return text.trim() !== '' && text.length <= 200;
}

/** An object that refuses unknown fields, and says which are known. */
function strict<Shape extends z.ZodRawShape>(shape: Shape) {
  const known = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? (issue.keys ?? []).map((key) => refuseField(String(key), known)).join('\n')
        : undefined,
  });
}

function refuseField(key: string, known: readonly string[]): string {
  if (key === 'notifyWebhook') {
    return `must not be in a file, since its address is a secret: set the environment variable ${WEBHOOK_VARIABLE}`;
  }
  const near = suggest(key, known);
  const hint = near === undefined ? '. ' : `, did you mean "${near}"? `;
  return `unknown field ${quoteKey(key)}${hint}Known here: ${known.join(', ')}`;
}
