import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { reportJsonSchema } from '../../src/cli/json/report.js';
import { reportCsv } from '../../src/cli/render/report/csv.js';
import { reportHtml } from '../../src/cli/render/report/html/page.js';
import { reportMarkdown } from '../../src/cli/render/report/markdown.js';
import { ticksBetween } from '../../src/cli/render/report/time.js';
import { happeningsOf, timelineOf } from '../../src/cli/render/report/timeline.js';
import { addChecksum, type Report, reportText, verifyChecksum } from '../../src/client/index.js';
import { HOSTILE, sampleReport } from '../support/sample-report.js';

const report = sampleReport(120);
const sealed = addChecksum(report);

/** A terminal or a browser obeys these instead of showing them. */
const OBEYED = ['\u001b', '\u0007', '\u202e', '\u2066'];

describe('a JSON report', () => {
  it('is as documented, with its keys in order, and its checksum can be made without it', () => {
    const text = reportText(sealed);
    const read = JSON.parse(text);
    expect(reportJsonSchema.parse(read)).toBeDefined();
    expect(Object.keys(read)).toEqual(Object.keys(read).toSorted());
    const { sha256, ...rest } = read;
    // What JSON.parse has read in order, JSON.stringify writes in order, and without a blank: the canonical form.
    expect(createHash('sha256').update(JSON.stringify(rest)).digest('hex')).toBe(sha256);
    expect(verifyChecksum(read)).toEqual({ stated: sha256, actual: sha256, isIntact: true });
  });

  it('has the same checksum however it is laid out, and another one once anything is changed', () => {
    expect(verifyChecksum(JSON.parse(JSON.stringify(sealed))).isIntact).toBe(true);
    const changed: Report = { ...sealed, instances: sealed.instances.slice(1) };
    expect(verifyChecksum(changed)).toMatchObject({ stated: sealed.sha256, isIntact: false });
    expect(verifyChecksum(report)).toMatchObject({ stated: null, isIntact: false });
  });
});

describe('an HTML report', () => {
  const page = reportHtml(sealed);

  it('is one page that loads nothing, and runs only the script that its policy names', () => {
    const [, policy = ''] = /Content-Security-Policy" content="([^"]*)"/.exec(page) ?? [];
    expect(policy).toMatch(/^default-src &#39;none&#39;; style-src &#39;sha256-[^ ]+; script-src &#39;sha256-/);
    for (const [, tag, content = ''] of page.matchAll(/<(style|script)>([\s\S]*?)<\/\1>/g)) {
      expect(policy, tag).toContain(createHash('sha256').update(content).digest('base64'));
    }
    expect(page.match(/<script/g)).toHaveLength(1);
    expect(page).not.toMatch(/\s(src|style|on\w+)="/);
    expect(page).not.toMatch(/<(link|img|iframe|object|embed|base)\b/);
    expect([...page.matchAll(/href="([^"]*)"/g)].map(([, link]) => link)).toEqual(['#instances']);
  });

  it('shows every name as a text, and none of the characters that a reader would not see', () => {
    expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(page).toContain('&quot; onmouseover=&quot;alert(1)');
    for (const char of OBEYED) expect(page).not.toContain(char);
  });

  it('says first how it stands, and has a row, a stage and a request for each instance', () => {
    expect(page).toMatch(new RegExp(`<h1>${report.headline}</h1>`));
    expect(page.match(/<tr data-outcome=/g)).toHaveLength(report.instances.length);
    for (const { update } of report.instances) if (update?.requestId) expect(page).toContain(update.requestId);
    expect(page).toContain(`<code>${sealed.sha256}</code>`);
    expect(page).toMatch(/role="img" aria-labelledby="plot-title plot-words"/);
    expect(page).toMatch(/<desc id="plot-words">Over 11h; \d+ instances changed from 2026-11-24 08:01:25/);
  });
});

describe('a Markdown report', () => {
  const lines = reportMarkdown(sealed).split('\n');

  it('keeps every name within its cell', () => {
    const rows = lines.filter((line) => /^\| (111122223333|444455556666)\//.test(line));
    const bars = (line: string) => line.replaceAll(/\\./g, '').split('|').length;
    expect(new Set(rows.filter((line) => line.includes('arn:')).map(bars))).toEqual(new Set([14]));
    for (const char of OBEYED) expect(lines.join('\n')).not.toContain(char);
    expect(lines.filter((line) => /(?<!\\)<script>/.test(line))).toEqual([]);
  });

  it('begins with a mark that no workflow ID can end, and says how it stands', () => {
    expect(lines[0]).toMatch(
      /^<!-- imds-rollout-report\/1 "imds\\u002drollout\\u002dprod \\u002d\\u002d\\u003e x [^>]*" -->$/,
    );
    expect(lines[2]).toBe(`# ${report.headline}`);
  });
});

describe('a CSV report', () => {
  const lines = reportCsv(report).split('\n');

  it('has a line for each instance, with the run in front and times in UTC', () => {
    expect(lines).toHaveLength(report.instances.length + 2);
    expect(lines[0]).toMatch(/^workflowId,runId,account,region,name,arn,stage,outcome,reason,before.httpTokens,/);
    expect(lines[1]).toMatch(/^imds-rollout-prod --> x,[0-9a-f-]{36},111122223333,us-east-1,web-1,arn:/);
    expect(lines[1]).toMatch(/,2026-11-24T08:01:00.000Z,2026-11-24T08:01:25.000Z,/);
  });

  it('has nothing in it that a spreadsheet takes for a formula', () => {
    const cells = lines.flatMap((line) => line.split(/,(?=(?:[^"]*"[^"]*")*[^"]*$)/));
    expect(cells.filter((cell) => /^"?[=+@\t\r-]/.test(cell))).toEqual([]);
    expect(lines.join('\n')).toContain(`'${HOSTILE.plus}`);
  });
});

describe('the timeline', () => {
  it('tells of stages, waits, messages and the end in their order', () => {
    const said = happeningsOf(report).map(({ what }) => what);
    const order = [
      'started',
      /^stage canary begins/,
      /^waits: bake canary, for 7h/,
      /^waits: approval rest/,
      /^approve \(stage rest\) by bob/,
      /^pause by ann: a look/,
      /^stage rest is through/,
      'ended: completed',
    ];
    const at = order.map((what) =>
      said.findIndex((each) => (typeof what === 'string' ? each === what : what.test(each))),
    );
    expect(at).not.toContain(-1);
    expect(at).toEqual(at.toSorted((a, b) => a - b));
  });

  it('draws what was changed, failed and taken back; of a plan there is nothing to draw', () => {
    expect(timelineOf(report)?.lines.map(({ name, times }) => [name, times.length])).toEqual([
      ['changed', report.instances.filter(({ outcome }) => /^changed|unhealthy/.test(outcome)).length],
      ['failed', 1],
      ['taken back', 1],
    ]);
    expect(timelineOf({ ...report, kind: 'plan' })).toBeUndefined();
    const planned = addChecksum<Report>({ ...report, kind: 'plan', rollout: null });
    expect(reportHtml(planned)).toContain('<p>Read from a plan file by');
  });

  it.each([
    ['8 seconds', 8_000, '00:00:01'],
    ['10 minutes', 600_000, '00:02'],
    ['30 hours', 30 * 3_600_000, '06:00'],
    ['a month', 30 * 86_400_000, '01-08'],
  ])('has a few round times over %s', (_, span, label) => {
    const from = Date.parse('2026-01-01T00:00:00.000Z');
    const ticks = ticksBetween(from, from + span, 9);
    expect(ticks.length).toBeGreaterThan(2);
    expect(ticks.length).toBeLessThan(11);
    expect(ticks.map((tick) => tick.label)).toContain(label);
  });
});
