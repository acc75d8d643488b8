import type { Report, ReportInstance } from '../../../../client/index.js';
import { healthText, NOTHING, optionsText, outcomeText, tokenlessText } from '../cells.js';
import { utc } from '../time.js';
import { html, Markup, NONE } from './markup.js';

interface Column {
  readonly head: string;
  readonly cell: (one: ReportInstance) => Markup;
  /** Whether there is anything to show in it; default: always. */
  readonly isFilled?: (one: ReportInstance) => boolean;
}

/** The table of all instances, with what sorts and filters it: hidden until the script is there. */
export function renderInstances({ instances, kind }: Report): Markup {
  const columns = columnsOf(kind).filter(({ isFilled }) => isFilled === undefined || instances.some(isFilled));
  const outcomes = distinct(instances.map(outcomeWord));
  const stages = distinct(instances.flatMap(({ stage }) => stage ?? []));
  const parts = instances.map((one) => {
    const cells = columns.map(({ cell }) => cell(one).html).join('');
    return html`<tr data-outcome="${outcomeWord(one)}" data-stage="${one.stage ?? ''}">${new Markup(cells)}</tr>\n`
      .html;
  });
  return html`<form class="controls" id="controls" role="search" aria-label="Instances" hidden>
<label for="search">Search<input type="search" id="search" autocomplete="off" spellcheck="false" placeholder="name, region, request ID, reason …"></label>
<label for="outcome">Outcome${options('outcome', outcomes)}</label>
<label for="stage">Stage${options('stage', stages)}</label>
<output id="shown" for="search outcome stage" aria-live="polite"></output>
</form>
<div class="scroll" role="region" aria-label="Table of instances" tabindex="0">
<table class="wide" id="instance-table">
<caption>Every instance of the selection. Times are UTC; a request ID is the requestID of CloudTrail’s UpdateInstanceMetadataOptions event.</caption>
<thead><tr>${columns.map(({ head }) => html`<th scope="col">${head}</th>`)}</tr></thead>
<tbody>
${new Markup(parts.join(''))}</tbody>
</table>
</div>`;
}

function columnsOf(kind: Report['kind']): readonly Column[] {
  const isRollback = kind === 'rollback';
  return [
    {
      head: 'Instance',
      cell: ({ account, region, name, arn }) =>
        html`<th scope="row" class="id" data-key="${name}">${name}<small>${region} · ${account}</small><small class="mono">${arn}</small></th>`,
    },
    {
      head: 'Stage',
      cell: ({ stage }) => html`<td data-key="${stage ?? ''}">${stage ?? NOTHING}</td>`,
      isFilled: ({ stage }) => stage !== null,
    },
    {
      head: 'Outcome',
      cell: (one) =>
        html`<td class="why">${renderOutcome(one)}${one.reason === null ? NONE : html`<small>${one.reason}</small>`}</td>`,
    },
    { head: 'Before', cell: ({ before }) => html`<td>${optionsText(before)}</td>` },
    kind === 'plan'
      ? {
          head: 'Would be',
          cell: ({ wanted, stage }) => html`<td>${stage === null ? NOTHING : optionsText(wanted)}</td>`,
        }
      : { head: 'After, as read back', cell: ({ after }) => html`<td>${optionsText(after)}</td>` },
    {
      head: isRollback ? 'Update back' : 'Update',
      cell: ({ update, settledAt }) => updateCell(update, settledAt),
      isFilled: ({ update, settledAt }) => update !== null || settledAt !== null,
    },
    {
      head: 'Way back',
      cell: ({ restore }) => updateCell(restore, restore?.settledAt ?? null),
      isFilled: ({ restore }) => restore !== null,
    },
    {
      head: 'Calls without a token',
      cell: (one) =>
        html`<td data-key="${one.tokenless !== null && 'calls' in one.tokenless ? one.tokenless.calls : ''}">${tokenlessText(one)}${
          one.tokenless === null ? NONE : html`<small>read ${utc(one.tokenless.readAt)}</small>`
        }</td>`,
      isFilled: ({ tokenless }) => tokenless !== null,
    },
    { head: 'Health', cell: (one) => html`<td>${healthText(one)}</td>`, isFilled: ({ health }) => health !== null },
  ];
}

function updateCell(update: ReportInstance['update'], settledAt: string | null): Markup {
  const settled = settledAt === null ? NONE : html`<small>settled ${utc(settledAt)}</small>`;
  if (update === null) {
    return html`<td class="sent" data-key="${settledAt ?? ''}">${settledAt === null ? NOTHING : 'none was sent'}${settled}</td>`;
  }
  const { sentAt, requestId } = update;
  return html`<td class="sent" data-key="${sentAt ?? settledAt ?? ''}">${sentAt === null ? 'time not recorded' : utc(sentAt)}${settled}<small class="mono">${requestId ?? 'request ID not recorded'}</small></td>`;
}

/** Told apart by a mark too, not by colour alone. */
export function renderOutcome(one: Pick<ReportInstance, 'outcome' | 'restore'>): Markup {
  const text = outcomeText(one);
  const word = outcomeWord(one);
  const [style, mark] = MARKS.get(word) ?? ['', '·'];
  return html`<span class="${style}"><span aria-hidden="true">${mark}</span> ${text}</span>`;
}

/** A Map, since an outcome of a history may be called `constructor`. */
const MARKS: ReadonlyMap<string, readonly [string, string]> = new Map([
  ['changed', ['good', '✔']],
  ['compliant', ['good', '✔']],
  ['restored', ['good', '↩']],
  ['skipped', ['warn', '–']],
  ['blocked', ['warn', '–']],
  ['drifted', ['warn', '!']],
  ['replaced', ['warn', '!']],
  ['gone', ['warn', '!']],
  ['failed', ['bad', '✘']],
  ['restore-failed', ['bad', '✘']],
  ['may be changed', ['bad', '?']],
]);

/** The word by which the table is filtered. */
function outcomeWord({ outcome, restore }: Pick<ReportInstance, 'outcome' | 'restore'>): string {
  const own = outcome.replace(/\(.*$/s, '');
  if (restore === null) return own;
  return own === 'failed' && restore.outcome !== 'restore-failed' ? own : restore.outcome;
}

function options(id: string, values: readonly string[]): Markup {
  return html`<select id="${id}"><option value="">all</option>${values.map((value) => html`<option value="${value}">${value}</option>`)}</select>`;
}

function distinct(values: readonly string[]): string[] {
  return [...new Set(values)];
}
