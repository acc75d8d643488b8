import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { auditCsv } from '../../src/cli/render/audit.js';
import { renderPlanMarkdown } from '../../src/cli/render/plan-markdown.js';
import { csvMark, reportCsv } from '../../src/cli/render/report/csv.js';
import { htmlMark, reportHtml } from '../../src/cli/render/report/html/page.js';
import { markdownMark, reportMarkdown } from '../../src/cli/render/report/markdown.js';
import { specYaml } from '../../src/cli/render/report/spec-yaml.js';
import { renderSpecTemplate } from '../../src/cli/render/spec-template.js';
import { checkSpecText } from '../../src/cli/spec-file.js';
import { reportText } from '../../src/history/report/index.js';
import { reportedSpec } from '../../src/history/run-spec.js';
import { addChecksum, verifyChecksum } from '../../src/rollout/checksum.js';
import { readYamlDocument } from '../../src/untrusted/yaml.js';
import { spec } from '../rollout/builders.js';
import { sampleReport } from '../support/sample-report.js';
import { dressed, holds, hostileJson, hostileText } from './arbitraries.js';
import { expectFaithfulJson, expectPlainCsv, expectShownText, htmlShape, markdownShape } from './oracles.js';
import { AUDIT, PLAN } from './samples.js';

const REPORT = sampleReport(3, {
  reason: 'rejected by ann',
  gaps: ['The history of 1 batch is gone.'],
  allowed: [{ arn: 'arn', name: 'web-3', detail: '12 calls' }],
  downgraded: [sampleReport(1).instances[0]?.arn ?? ''],
});
const report = dressed(REPORT);
const plan = dressed(PLAN);

describe('Markdown is built the same, whatever its texts say: no other table, link, heading, fence or HTML', () => {
  it('a report', () =>
    holds(
      fc.property(report, ({ hostile, benign }) => {
        const text = reportMarkdown(addChecksum(hostile));
        expect(markdownShape(text)).toBe(markdownShape(reportMarkdown(addChecksum(benign))));
        expectShownText(text);
      }),
    ));

  it('a plan', () =>
    holds(
      fc.property(plan, ({ hostile, benign }) => {
        const text = renderPlanMarkdown(spec(), hostile).join('\n');
        expect(markdownShape(text)).toBe(markdownShape(renderPlanMarkdown(spec(), benign).join('\n')));
        expectShownText(text);
      }),
    ));
});

describe('a page is built the same, whatever its texts say: no other element, attribute or script', () => {
  it('a report', () =>
    holds(
      fc.property(report, ({ hostile, benign }) => {
        const page = reportHtml(addChecksum(hostile));
        expect(htmlShape(page)).toBe(htmlShape(reportHtml(addChecksum(benign))));
        expectShownText(page);
      }),
    ));
});

describe('a table for spreadsheets has its cells, and no formula among them', () => {
  it('a report', () =>
    holds(
      fc.property(report, ({ hostile, benign }) => {
        const rows = expectPlainCsv(reportCsv(hostile));
        expect(rows.map((row) => row.length)).toEqual(expectPlainCsv(reportCsv(benign)).map((row) => row.length));
      }),
    ));

  it('an audit', () =>
    holds(
      fc.property(dressed(AUDIT), ({ hostile }) => {
        expect(expectPlainCsv(auditCsv(hostile))).toHaveLength(1 + hostile.instances.length);
      }),
    ));
});

describe('a report as JSON', () => {
  it('reads back as it was, with the same checksum', () =>
    holds(
      fc.property(report, ({ hostile }) => {
        const sealed = addChecksum(hostile);
        const text = reportText(sealed);
        expectFaithfulJson(text, sealed);
        expect(verifyChecksum(JSON.parse(text)).isIntact).toBe(true);
      }),
    ));
});

it('the mark of a report is one line, by which alone it is known again', () =>
  holds(
    fc.property(hostileText, hostileText, (workflowId, runId) => {
      const identity = { ...REPORT, rollout: REPORT.rollout && { ...REPORT.rollout, workflowId, runId } };
      const sealed = addChecksum(identity);
      for (const mark of [markdownMark(identity), htmlMark(identity)]) expect(mark.split('\n')).toHaveLength(1);
      expect(reportMarkdown(sealed).startsWith(`${markdownMark(identity)}\n`)).toBe(true);
      expect(reportHtml(sealed).split('\n').slice(0, 10)).toContain(htmlMark(identity));
      expect(reportCsv(identity).split('\n')[1]?.startsWith(csvMark(identity))).toBe(true);
    }),
    0.3,
  ));

describe('YAML', () => {
  it('of a spec that a history holds reads back, and has no character that a terminal obeys', () =>
    holds(
      fc.property(hostileJson, (value) => {
        const text = specYaml(reportedSpec(value).input);
        expectShownText(text);
        expect(readYamlDocument(text)).toMatchObject({ ok: true });
      }),
    ));

  it('of a new spec is one, whatever it is called', () =>
    holds(
      fc.property(hostileText, (name) => {
        const text = renderSpecTemplate({ name, regions: 'all', options: { httpTokens: 'required' } }, 'schema.json');
        const check = checkSpecText(text);
        if (!check.ok) expect(check.problems.map(({ path }) => path)).toEqual(['name']);
      }),
    ));
});
