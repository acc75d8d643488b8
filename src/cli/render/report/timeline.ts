import type { Report, ReportInstance } from '../../../client/index.js';
import { countOf, type HoldReason } from '../../../rollout/status.js';
import { between, utc } from './time.js';

/** What happened to how many instances, over time. All times in milliseconds since the epoch. */
export interface Timeline {
  readonly from: number;
  readonly to: number;
  readonly lines: readonly Line[];
  readonly stages: readonly Band[];
  readonly holds: readonly Band[];
  readonly marks: readonly { readonly at: number; readonly label: string }[];
}

/** When each of some instances came to it, in order. */
export interface Line {
  readonly name: 'changed' | 'failed' | 'taken back';
  readonly times: readonly number[];
}

export interface Band {
  readonly label: string;
  readonly from: number;
  readonly to: number;
}

const HOLD_WORDS: Readonly<Record<HoldReason, string>> = {
  bake: 'bake',
  approval: 'approval',
  window: 'closed window',
  freeze: 'freeze',
  paused: 'paused',
  health: 'no health readings',
  evidence: 'stage proved nothing',
  credentials: 'credentials refused',
  lease: 'another rollout',
  journal: 'undo file',
};

/** @returns undefined where there is nothing to plot: a plan, or a run that did nothing */
export function timelineOf(report: Report): Timeline | undefined {
  const { rollout, instances, stages, holds, messages, writtenAt, kind } = report;
  if (rollout === null || kind === 'plan') return undefined;
  const from = Date.parse(rollout.startedAt);
  const to = Math.max(Date.parse(rollout.endedAt ?? writtenAt), from + 1);
  const lines = linesOf(instances, kind);
  if (lines.length === 0 && holds.length === 0) return undefined;
  const end = (iso: string | null) => (iso === null ? to : Date.parse(iso));
  return {
    from,
    to,
    lines,
    stages: stages.flatMap(({ name, startedAt, endedAt }) =>
      startedAt === null ? [] : [{ label: name, from: Date.parse(startedAt), to: end(endedAt) }],
    ),
    holds: holds.map((hold) => ({ label: holdLabel(hold), from: Date.parse(hold.since), to: end(hold.until) })),
    marks: messages.map(({ at, message }) => ({ at: Date.parse(at), label: message })),
  };
}

/** @example holdLabel({ for: 'bake', stage: 'canary' }) // 'bake canary' */
function holdLabel({ for: kind, stage }: Pick<Report['holds'][number], 'for' | 'stage'>): string {
  return `${HOLD_WORDS[kind]}${stage === null ? '' : ` ${stage}`}`;
}

function linesOf(instances: readonly ReportInstance[], kind: Report['kind']): Line[] {
  const at = (pick: (instance: ReportInstance) => string | null | undefined) =>
    instances
      .flatMap((instance) => {
        const iso = pick(instance);
        return iso === null || iso === undefined ? [] : [Date.parse(iso)];
      })
      .toSorted((a, b) => a - b);
  const lines: Line[] =
    kind === 'rollback'
      ? [
          {
            name: 'taken back',
            times: at(({ outcome, settledAt }) => (outcome === 'restored' ? settledAt : null)),
          },
          {
            name: 'failed',
            times: at(({ outcome, settledAt }) => (outcome === 'restore-failed' ? settledAt : null)),
          },
        ]
      : [
          { name: 'changed', times: at(({ outcome, settledAt }) => (wasChanged(outcome) ? settledAt : null)) },
          { name: 'failed', times: at((instance) => failedAt(instance)) },
          {
            name: 'taken back',
            times: at(({ restore }) => (restore?.outcome === 'restored' ? restore.settledAt : null)),
          },
        ];
  return lines.filter(({ times }) => times.length > 0);
}

const CHANGED: ReadonlySet<string> = new Set(['changed', 'drifted', 'replaced', 'gone']);
/** Failed after they had been changed: when exactly is not told, but that their way back began then. */
const FAILED_LATER: ReadonlySet<string> = new Set(['failed(unhealthy)', 'failed(operator)', 'failed(reverted)']);

function wasChanged(outcome: string): boolean {
  return CHANGED.has(outcome.replace(/\(.*$/s, '')) || FAILED_LATER.has(outcome);
}

function failedAt({ outcome, settledAt, restore }: ReportInstance): string | null {
  if (!outcome.startsWith('failed')) return null;
  if (!FAILED_LATER.has(outcome)) return settledAt;
  return restore?.sentAt ?? restore?.settledAt ?? settledAt;
}

/** The same in words, for whoever can't see a plot. */
export function describeTimeline({ from, to, lines, stages, holds }: Timeline): string {
  const counted = lines.map(({ name, times }) => {
    const [first = from] = times;
    const last = times.at(-1) ?? first;
    const iso = (ms: number) => utc(new Date(ms).toISOString());
    return `${countOf(times.length, 'instance')} ${name} from ${iso(first)} to ${iso(last)}`;
  });
  const span = between(new Date(from).toISOString(), new Date(to).toISOString());
  return [
    `Over ${span}`,
    ...counted,
    ...(stages.length === 0 ? [] : [`stages ${stages.map(({ label }) => label).join(', ')}`]),
    ...(holds.length === 0 ? [] : [`waits: ${holds.map(({ label }) => label).join(', ')}`]),
  ].join('; ');
}

export interface Happening {
  readonly at: string;
  readonly what: string;
}

/** Everything that a report knows the time of, but single instances; in order. */
export function happeningsOf(report: Report): Happening[] {
  const { rollout, stages, holds, messages, events } = report;
  const all: Happening[] = [
    ...(rollout === null ? [] : [{ at: rollout.startedAt, what: 'started' }]),
    ...stages.flatMap(({ name, size, startedAt, endedAt }) => [
      ...(startedAt === null
        ? []
        : [{ at: startedAt, what: `stage ${name} begins with ${countOf(size, 'instance')}` }]),
      ...(endedAt === null ? [] : [{ at: endedAt, what: `stage ${name} is through` }]),
    ]),
    ...holds.flatMap((hold) => {
      const why = hold.reason === null ? '' : ` (${hold.reason})`;
      const open = rollout?.endedAt ? 'until when is not recorded' : 'still on';
      const length = hold.until === null ? open : `for ${between(hold.since, hold.until)}`;
      return [{ at: hold.since, what: `waits: ${holdLabel(hold)}, ${length}${why}` }];
    }),
    ...messages.map((message) => ({ at: message.at, what: describeMessage(message) })),
    ...events
      .filter(({ event }) => !SAID_BY_STAGES.test(event))
      .map(({ at, event, by, reason }) => ({
        at,
        what: `${event}${by ? ` by ${by}` : ''}${reason ? `: ${reason}` : ''}`,
      })),
    ...(rollout?.endedAt ? [{ at: rollout.endedAt, what: `ended: ${report.ended}` }] : []),
  ];
  return all.toSorted((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
}

/** As the run notes it too. */
const SAID_BY_STAGES = /^stage .* starts with \d+ targets?$/;

function describeMessage({ message, by, reason, says, answered }: Report['messages'][number]): string {
  const outcome = answered === 'refused' ? ', refused' : '';
  return `${message}${says ? ` (${says})` : ''}${by ? ` by ${by}` : ''}${reason ? `: ${reason}` : ''}${outcome}`;
}
