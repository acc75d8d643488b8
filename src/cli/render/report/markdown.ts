import type { Checksummed, Report, ReportIdentity, ReportInstance } from '../../../client/index.js';
import { safeJson } from '../../../rollout/clean.js';
import { formatDuration } from '../../../rollout/duration.js';
import { asText } from '../../../rollout/markdown.js';
import { describeCounts } from '../../../rollout/status.js';
import { table } from '../markdown.js';
import {
  countCells,
  healthText,
  identityOf,
  isQuiet,
  NOTHING,
  optionsText,
  outcomeText,
  runFacts,
  titleOf,
  tokenlessText,
} from './cells.js';
import { specYaml } from './spec-yaml.js';
import { utc } from './time.js';
import { happeningsOf, type Timeline, timelineOf } from './timeline.js';

/** Which report a Markdown file is, for whoever would write over it: nothing in it ends the comment. */
export function markdownMark(report: ReportIdentity): string {
  return `<!-- ${report.format} ${safeJson(identityOf(report)).replaceAll(/[<>-]/g, escapeUnit)} -->`;
}

function escapeUnit(char: string): string {
  return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** The whole report for a ticket, a wiki or a repository. */
export function reportMarkdown(report: Checksummed<Report>): string {
  const { headline, instances, gaps, warnings, spec, sha256 } = report;
  const attention = instances.filter((instance) => !isQuiet(instance));
  const timeline = timelineOf(report);
  const lines = [
    markdownMark(report),
    '',
    `# ${asText(headline)}`,
    '',
    `${asText(titleOf(report))}: ${endSentence(report)}`,
    '',
    ...bullets([...gaps, ...warnings].map((text) => `⚠ ${text}`)),
    '## Outcomes',
    '',
    ...table(
      ['outcome', 'instances'],
      countCells(report).map(([kind, count]) => [kind, String(count)]),
    ),
    ...coverageLines(report),
    ...(report.stages.length === 0 ? [] : ['## Stages', '', ...stageTable(report)]),
    ...(attention.length === 0
      ? []
      : [
          '## To look at',
          '',
          ...table(
            ['instance', 'outcome', 'why'],
            attention.map((one) => [labelOf(one), outcomeText(one), one.reason ?? '']),
          ),
        ]),
    '## Timeline (UTC)',
    '',
    ...(timeline === undefined ? [] : ['```text', ...plotText(timeline), '```', '']),
    ...table(
      ['time', 'what'],
      happeningsOf(report).map(({ at, what }) => [utc(at), what]),
    ),
    ...people(report),
    '## Instances',
    '',
    ...table(INSTANCE_HEAD, instances.map(instanceRow)),
    '## Accounts and regions',
    '',
    ...table(
      ['account', 'region', 'state', 'found', 'in a stage', 'called by'],
      report.scopes.map(({ account, region, state, why, found, planned, caller }) => [
        account ?? NOTHING,
        region,
        why === null ? state : `${state}: ${why}`,
        String(found),
        String(planned),
        caller ?? 'not recorded',
      ]),
    ),
    '## Run',
    '',
    ...table(
      ['fact', 'value'],
      runFacts(report).map(([name, value]) => [name, value]),
    ),
    ...(spec === null ? [] : ['## Spec', '', ...fenced(specYaml(spec.input)), '']),
    `SHA-256 of this report as JSON: \`${sha256}\``,
  ];
  return `${lines.join('\n')}\n`;
}

const INSTANCE_HEAD = [
  'instance',
  'ARN',
  'stage',
  'before',
  'after',
  'outcome',
  'update sent',
  'request ID',
  'settled',
  'restore',
  'calls without a token',
  'health',
];

function instanceRow(one: ReportInstance): string[] {
  const { update, restore } = one;
  return [
    labelOf(one),
    one.arn,
    one.stage ?? NOTHING,
    optionsText(one.before),
    optionsText(one.after),
    `${outcomeText(one)}${one.reason === null ? '' : `: ${one.reason}`}`,
    update?.sentAt ? utc(update.sentAt) : NOTHING,
    update?.requestId ?? NOTHING,
    one.settledAt ? utc(one.settledAt) : NOTHING,
    restore === null ? NOTHING : `${restore.sentAt ? utc(restore.sentAt) : NOTHING} ${restore.requestId ?? ''}`.trim(),
    tokenlessText(one),
    healthText(one),
  ];
}

function labelOf({ account, region, name }: ReportInstance): string {
  return `${account}/${region}/${name}`;
}

/** @example 'completed at 2026-11-27 10:00:05 UTC.' */
export function endSentence({ ended, reason, rollout, writtenAt }: Report): string {
  const when = rollout?.endedAt ?? null;
  const at = when === null ? `as of ${utc(writtenAt)} UTC` : `at ${utc(when)} UTC`;
  return `${ended} ${at}${reason === null ? '.' : `. ${asText(reason.replace(/[.\s]+$/, ''))}.`}`;
}

function coverageLines({ coverage }: Report): string[] {
  if (coverage === null) return [];
  const { total, required, optional, unknown, newSincePlan } = coverage;
  return [
    `Coverage by the last sweep: ${required} of ${total} with httpTokens required, ${optional} optional, ${unknown} unknown; ${newSincePlan} new since the plan.`,
    '',
  ];
}

function stageTable({ stages }: Report): string[] {
  return table(
    ['stage', 'instances', 'outcomes', 'begun', 'through', 'bake'],
    stages.map(({ name, size, counts, startedAt, endedAt, bakeMs }) => [
      name,
      String(size),
      describeCounts(counts),
      startedAt === null ? NOTHING : utc(startedAt),
      endedAt === null ? NOTHING : utc(endedAt),
      bakeMs === 0 ? NOTHING : formatDuration(bakeMs),
    ]),
  );
}

function people({ messages, waivers, allowed, downgraded, instances }: Report): string[] {
  const back = new Set(downgraded);
  return [
    ...(messages.length === 0
      ? []
      : [
          '## Messages',
          '',
          ...table(
            ['time', 'message', 'by', 'why', 'says', 'sent from'],
            messages.map(({ at, message, by, reason, says, identity, answered }) => [
              utc(at),
              answered === 'refused' ? `${message} (refused)` : message,
              by ?? NOTHING,
              reason ?? NOTHING,
              says ?? NOTHING,
              identity ?? NOTHING,
            ]),
          ),
        ]),
    ...(waivers.length === 0
      ? []
      : [
          '## Waivers',
          '',
          ...table(
            ['instances named', 'reason', 'owner', 'until', 'left alone'],
            waivers.map(({ names, reason, owner, until, instances: count }) => [
              names.join(', '),
              reason,
              owner ?? NOTHING,
              until ?? 'no end',
              String(count),
            ]),
          ),
        ]),
    ...(allowed.length === 0
      ? []
      : [
          '## Went ahead by evidence.allow',
          '',
          ...table(
            ['instance', 'though'],
            allowed.map(({ arn, name, detail }) => [`${name} (${arn})`, detail]),
          ),
        ]),
    ...(downgraded.length === 0
      ? []
      : ['## Back to letting IMDSv1 in', '', ...bullets(instances.filter(({ arn }) => back.has(arn)).map(labelOf))]),
  ];
}

function bullets(texts: readonly string[]): string[] {
  return texts.length === 0 ? [] : [...texts.map((text) => `- ${asText(text)}`), ''];
}

/** However many backticks there are in it, it ends where it ends. */
function fenced(text: string): string[] {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return [`${fence}yaml`, text, fence];
}

const BINS = 12;
const BAR = 30;

/** Bars over time: who was changed, failed or was taken back in each part of it. */
function plotText({ from, to, lines }: Timeline): string[] {
  const width = (to - from) / BINS;
  const bins = Array.from({ length: BINS }, (_, index) => ({
    at: from + index * width,
    counts: lines.map(({ times }) => times.filter((at) => binOf(at, from, width) === index).length),
  }));
  const most = Math.max(1, ...bins.map(({ counts }) => counts.reduce((sum, count) => sum + count, 0)));
  return bins.map(({ at, counts }) => {
    const total = counts.reduce((sum, count) => sum + count, 0);
    const bar = '█'.repeat(Math.ceil((total / most) * BAR));
    const said = lines.flatMap(({ name }, index) => (counts[index] ? [`${counts[index]} ${name}`] : [])).join(', ');
    return `${utc(new Date(at).toISOString())} ${bar}${said === '' ? '·' : ` ${said}`}`;
  });
}

function binOf(at: number, from: number, width: number): number {
  return Math.min(BINS - 1, Math.max(0, Math.floor((at - from) / width)));
}
