import type { Report, ReportInstance } from '../../../../client/index.js';
import { formatDuration } from '../../../../rollout/duration.js';
import { describeCounts } from '../../../../rollout/status.js';
import { countCells, isQuiet, NOTHING, runFacts } from '../cells.js';
import { specYaml } from '../spec-yaml.js';
import { utc } from '../time.js';
import { happeningsOf } from '../timeline.js';
import { renderOutcome } from './instances.js';
import { html, type Markup, NONE, preformatted } from './markup.js';

/** Numbers at a glance. */
export function renderTiles(report: Report): Markup {
  const { coverage, instances } = report;
  const waived = instances.filter(({ outcome }) => outcome === 'blocked(waived)').length;
  const tiles: readonly (readonly [string, string])[] = [
    ['instances', String(instances.length)],
    ...countCells(report).flatMap(([kind, count]) => [
      [kind, String(count)] as const,
      ...(kind === 'blocked' && waived > 0 ? [['of them waived', String(waived)] as const] : []),
    ]),
    ...(coverage === null
      ? []
      : ([
          ['tokens required', `${coverage.required} of ${coverage.total}`],
          ...(coverage.optional > 0 ? [['tokens optional', String(coverage.optional)] as const] : []),
          ...(coverage.unknown > 0 ? [['options unknown', String(coverage.unknown)] as const] : []),
          ...(coverage.newSincePlan > 0 ? [['new since the plan', String(coverage.newSincePlan)] as const] : []),
        ] as const)),
  ];
  return html`<dl class="tiles">${tiles.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

/** Instances that a reader has to know of; the table below has all of them. */
const MAX_ATTENTION = 50;

export function renderAttention({ instances }: Report): Markup {
  const all = instances.filter((one) => !isQuiet(one));
  if (all.length === 0) return NONE;
  const rows = all
    .slice(0, MAX_ATTENTION)
    .map((one) => [
      html`<th scope="row">${labelOf(one)}</th>`,
      html`<td>${renderOutcome(one)}</td>`,
      html`<td>${one.reason ?? NOTHING}</td>`,
    ]);
  const more = all.length - rows.length;
  const caption =
    more > 0
      ? `The first ${MAX_ATTENTION} of ${all.length}; the others stand among the instances below.`
      : 'Instances that did not end as asked for, and why.';
  return section('attention', 'To look at', table(['Instance', 'Outcome', 'Why'], rows, caption));
}

export function renderStages({ stages }: Report): Markup {
  if (stages.length === 0) return NONE;
  const rows = stages.map(({ name, size, counts, startedAt, endedAt, bakeMs }) => [
    html`<th scope="row">${name}</th>`,
    html`<td>${size}</td>`,
    html`<td>${describeCounts(counts)}</td>`,
    html`<td class="when">${startedAt === null ? NOTHING : utc(startedAt)}</td>`,
    html`<td class="when">${endedAt === null ? NOTHING : utc(endedAt)}</td>`,
    html`<td>${bakeMs === 0 ? NOTHING : formatDuration(bakeMs)}</td>`,
  ]);
  const heads = ['Stage', 'Instances', 'Outcomes', 'Begun', 'Through', 'Bake'];
  return section('stages', 'Stages', table(heads, rows, 'In the order in which they are changed. Times are UTC.'));
}

export function renderHappenings(report: Report): Markup {
  const rows = happeningsOf(report).map(({ at, what }) => [
    html`<td class="when">${utc(at)}</td>`,
    html`<td>${what}</td>`,
  ]);
  return html`<details open><summary>What happened when (${rows.length})</summary>${table(['Time (UTC)', 'What'], rows, 'Stages, waits, messages and events in order.')}</details>`;
}

export function renderMessages({ messages }: Report): Markup {
  if (messages.length === 0) return NONE;
  const rows = messages.map(({ at, message, by, reason, says, identity, answered }) => [
    html`<td class="when">${utc(at)}</td>`,
    html`<th scope="row">${message}${answered === 'refused' ? ' (refused)' : ''}</th>`,
    html`<td>${by ?? NOTHING}</td>`,
    html`<td>${reason ?? NOTHING}</td>`,
    html`<td>${says ?? NOTHING}</td>`,
    html`<td>${identity ?? NOTHING}</td>`,
  ]);
  const heads = ['Time (UTC)', 'Message', 'By', 'Why', 'Says', 'Sent from'];
  return section('messages', 'Messages and approvals', table(heads, rows, 'Who has told the run what, and why.'));
}

/** Waivers, hosts that went ahead against their evidence, and hosts that let IMDSv1 in again. */
export function renderWaivers({ waivers, allowed, downgraded, instances }: Report): Markup {
  const back = new Set(downgraded);
  const parts = [
    ...(waivers.length === 0
      ? []
      : [
          table(
            ['Instances named', 'Reason', 'Owner', 'Until', 'Left alone'],
            waivers.map(({ names, reason, owner, until, instances: count }) => [
              html`<th scope="row">${names.join(', ')}</th>`,
              html`<td>${reason}</td>`,
              html`<td>${owner ?? NOTHING}</td>`,
              html`<td class="when">${until ?? 'no end'}</td>`,
              html`<td>${count}</td>`,
            ]),
            'Waivers of the spec.',
          ),
        ]),
    ...(allowed.length === 0
      ? []
      : [
          table(
            ['Instance', 'Though'],
            allowed.map(({ name, arn, detail }) => [
              html`<th scope="row">${name} <small class="mono">${arn}</small></th>`,
              html`<td>${detail}</td>`,
            ]),
            'Went ahead only because evidence.allow names them.',
          ),
        ]),
    ...(downgraded.length === 0
      ? []
      : [
          table(
            ['Instance'],
            instances.filter(({ arn }) => back.has(arn)).map((one) => [html`<th scope="row">${labelOf(one)}</th>`]),
            'Went from httpTokens required back to optional, so that IMDSv1 is let in again.',
          ),
        ]),
  ];
  return parts.length === 0 ? NONE : section('waivers', 'Waivers and downgrades', html`${parts}`);
}

export function renderScopes({ scopes, kind }: Report): Markup {
  if (scopes.length === 0) return NONE;
  const rows = scopes.map(({ account, region, state, why, found, planned, caller }) => [
    html`<th scope="row">${account ?? NOTHING}</th>`,
    html`<td>${region}</td>`,
    html`<td>${state}${why === null ? '' : `: ${why}`}</td>`,
    html`<td>${found}</td>`,
    html`<td>${planned}</td>`,
    html`<td class="mono">${caller ?? 'not recorded'}</td>`,
  ]);
  const caption =
    kind === 'rollback'
      ? 'Where instances were to be taken back.'
      : 'Where instances were looked for. What the spec does not name was not looked at.';
  const heads = ['Account', 'Region', 'State', 'Found', 'In a stage', 'Called by'];
  return section('scopes', 'Accounts and regions', table(heads, rows, caption));
}

export function renderFacts(report: Report): Markup {
  const facts = runFacts(report).map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`);
  return section('run', 'Run', html`<dl class="facts">${facts}</dl>`);
}

export function renderSpec({ spec }: Report): Markup {
  return spec === null ? NONE : section('spec', 'Spec', html`<pre>${preformatted(specYaml(spec.input))}</pre>`);
}

function section(id: string, title: string, content: Markup): Markup {
  return html`<section aria-labelledby="${id}"><h2 id="${id}">${title}</h2>\n${content}</section>`;
}

function table(heads: readonly string[], rows: readonly (readonly Markup[])[], caption: string): Markup {
  return html`<div class="scroll" role="region" aria-label="${caption}" tabindex="0"><table>
<caption>${caption}</caption>
<thead><tr>${heads.map((head) => html`<th scope="col">${head}</th>`)}</tr></thead>
<tbody>${rows.map((cells) => html`<tr>${cells}</tr>\n`)}</tbody>
</table></div>`;
}

function labelOf({ account, region, name }: ReportInstance): string {
  return `${account}/${region}/${name}`;
}
