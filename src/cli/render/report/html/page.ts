import { createHash } from 'node:crypto';
import type { Checksummed, Report, ReportIdentity } from '../../../../client/index.js';
import { identityOf, titleOf } from '../cells.js';
import { utc } from '../time.js';
import { timelineOf } from '../timeline.js';
import { renderInstances } from './instances.js';
import { html, Markup, NONE } from './markup.js';
import { renderPlot } from './plot.js';
import { SCRIPT } from './script.js';
import {
  renderAttention,
  renderFacts,
  renderHappenings,
  renderMessages,
  renderScopes,
  renderSpec,
  renderStages,
  renderTiles,
  renderWaivers,
} from './sections.js';
import { STYLE } from './style.js';

/** Which report a page is, for whoever would write over it. */
export function htmlMark(report: ReportIdentity): string {
  return html`<meta name="${report.format}" content="${identityOf(report)}">`.html;
}

/** The whole report as one page that needs nothing else: no network, no script but its own, and readable without that. */
export function reportHtml(report: Checksummed<Report>): string {
  const { headline, kind, gaps, warnings, instances, sha256, rollout, ended, reason, writtenAt } = report;
  const timeline = timelineOf(report);
  const notes = [...gaps, ...warnings];
  const when = rollout?.endedAt ?? null;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy()}">
${new Markup(htmlMark(report))}
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${titleOf(report)}: ${headline}</title>
<style>${new Markup(STYLE)}</style>
</head>
<body>
<a class="skip" href="#instances">Skip to the instances</a>
<header>
<p class="kicker">${titleOf(report)} · Amazon Lightsail instance metadata options</p>
<h1>${headline}</h1>
<p>${SAYS[ended]} ${when === null ? `(as of ${utc(writtenAt)} UTC)` : `at ${utc(when)} UTC`}${reason === null ? '.' : `. ${reason.replace(/[.\s]+$/, '')}.`}</p>
${notes.length === 0 ? NONE : html`<ul class="notes" aria-label="Notes">${notes.map((note) => html`<li>${note}</li>`)}</ul>`}
${renderTiles(report)}
</header>
<main>
${renderAttention(report)}
${renderStages(report)}
${
  timeline === undefined
    ? NONE
    : html`<section aria-labelledby="timeline"><h2 id="timeline">Timeline (UTC)</h2>
<figure><div class="scroll" role="region" aria-label="Plot" tabindex="0">${renderPlot(timeline)}</div>
<figcaption>Instances by the time at which they were read back as changed, failed, or were taken back. Bars: stages, and below them what the run waited for. Triangles: messages.</figcaption></figure>
${renderHappenings(report)}</section>`
}
${renderMessages(report)}
${renderWaivers(report)}
<section aria-labelledby="instances"><h2 id="instances">Instances (${instances.length.toLocaleString('en')})</h2>
${renderInstances(report)}</section>
${renderScopes(report)}
${renderFacts(report)}
${renderSpec(report)}
</main>
<footer>
<p>SHA-256 of this ${kind === 'plan' ? 'plan report' : 'report'} as JSON: <code>${sha256}</code></p>
<p>Read from ${rollout === null ? 'a plan file' : 'Temporal’s histories'} by lightsail-imds-rollout ${report.versions.report} at ${utc(writtenAt)} UTC. “–” and “not recorded” say that nothing is known.</p>
</footer>
<script>${new Markup(SCRIPT)}</script>
</body>
</html>
`.html;
}

const SAYS: Readonly<Record<Report['ended'], string>> = {
  completed: 'Completed',
  'rolled-back': 'Rolled back',
  'rollback-incomplete': 'Rolled back, but not wholly,',
  halted: 'Halted',
  aborted: 'Aborted',
  running: 'Still running',
  failed: 'Failed',
  cancelled: 'Cancelled',
  terminated: 'Terminated',
  'timed-out': 'Timed out',
  planned: 'A plan that nobody has carried out by this report',
};

/** The page may run its own script and use its own style, and nothing else: no network, no form, no other base. */
function policy(): string {
  const hash = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
  return `default-src 'none'; style-src ${hash(STYLE)}; script-src ${hash(SCRIPT)}; base-uri 'none'; form-action 'none'`;
}
