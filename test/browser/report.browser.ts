import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { reportHtml } from '../../src/cli/render/report/html/page.js';
import { addChecksum } from '../../src/client/index.js';
import { readReport } from '../../src/history/report/index.js';
import { recordedClient } from '../support/recorded-client.js';
import { sampleReport } from '../support/sample-report.js';
import { launchChromium } from './chromium.js';

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

let browser: Browser;
let folder: string;
let axe: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'imds-rollout-report-'));
  axe = await readFile(AXE, 'utf8');
  browser = await launchChromium();
});

afterAll(async () => {
  await browser?.close();
  await rm(folder, { recursive: true, force: true });
});

const COUNT = 1_000;
/** Enough for what costs more with every row: print, and the rules for accessible pages. */
const MIDDLE = 60;
const large = sampleReport(COUNT);
const pages = {
  large: () => reportHtml(addChecksum(large)),
  middle: () => reportHtml(addChecksum(sampleReport(MIDDLE))),
  recorded: async () => {
    const { client, ref, outcome } = await recordedClient('rolled-back-rollout', [
      'rolled-back-batch',
      'rolled-back-restore',
    ]);
    return reportHtml(addChecksum(await readReport(client, ref, () => Promise.resolve(outcome), '0.0.0')));
  },
  empty: () => reportHtml(addChecksum({ ...sampleReport(0), instances: [], stages: [], messages: [], holds: [] })),
} as const;

interface Opened {
  readonly page: Page;
  /** Everything that the page has complained of or asked the network for. */
  readonly complaints: string[];
  readonly close: () => Promise<void>;
}

async function open(name: keyof typeof pages, options: BrowserContextOptions = {}): Promise<Opened> {
  const path = join(folder, `${name}.html`);
  await writeFile(path, await pages[name]());
  const url = pathToFileURL(path).href;
  const context = await browser.newContext({ viewport: { width: 1_400, height: 900 }, ...options });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => complaints.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('request', (request) => {
    if (request.url() !== url) complaints.push(`asked for ${request.url()}`);
  });
  await page.goto(url);
  return { page, complaints, close: () => context.close() };
}

const rows = (page: Page) => page.locator('#instance-table tbody tr:not([hidden])');
const firstName = (page: Page) =>
  page.locator('#instance-table tbody tr:not([hidden]) th').first().getAttribute('data-key');
const shown = (page: Page) => page.locator('#shown').textContent();

describe('the page of a report', () => {
  it.each(['large', 'recorded', 'empty'] as const)(
    '%s asks nobody for anything and complains of nothing',
    async (name) => {
      const { page, complaints, close } = await open(name);
      await page.locator('h1').waitFor();
      expect(complaints).toEqual([]);
      await close();
    },
  );

  it('is filtered and sorted, by the keyboard alone', async () => {
    const { page, complaints, close } = await open('large');
    await page.locator('#search').focus();
    await page.keyboard.type('web-42 ');
    await expect.poll(() => shown(page)).toMatch(/^\d+ of 1,008 shown$/);
    await expect.poll(() => rows(page).count()).toBeLessThan(COUNT / 2);
    expect(await firstName(page)).toMatch(/^web-42/);
    await page.locator('#search').fill('');
    await page.keyboard.press('Tab');
    await page.keyboard.press('f');
    await expect.poll(() => rows(page).count()).toBe(large.counts.failed);
    await page.locator('#outcome').selectOption('');
    await expect.poll(() => rows(page).count()).toBe(large.instances.length);
    const head = page.getByRole('columnheader', { name: 'Update' });
    await head.getByRole('button').focus();
    await page.keyboard.press('Enter');
    expect(await head.getAttribute('aria-sort')).toBe('ascending');
    expect(await firstName(page)).toMatch(/^web-1\b/);
    await page.keyboard.press('Space');
    expect(await head.getAttribute('aria-sort')).toBe('descending');
    expect(await firstName(page)).toMatch(/^web-1000\b/);
    expect(complaints).toEqual([]);
    await close();
  });

  it('runs nothing that a name says, and lets no other script run', async () => {
    const { page, complaints, close } = await open('middle');
    const isBlocked = await page.evaluate(`(() => {
      const script = document.createElement('script');
      script.textContent = 'globalThis.hasRun = true';
      document.body.append(script);
      return !('hasRun' in globalThis);
    })()`);
    expect(isBlocked).toBe(true);
    expect(complaints).toHaveLength(1);
    expect(complaints[0]).toMatch(/Content Security Policy/);
    await close();
  });

  it('says all without a script', async () => {
    const { page, close } = await open('large', { javaScriptEnabled: false });
    expect(await rows(page).count()).toBe(large.instances.length);
    expect(await page.locator('#controls').isVisible()).toBe(false);
    expect(await page.locator('#instance-table thead button').count()).toBe(0);
    await close();
  });

  it.each([
    ['light', 1_400],
    ['dark', 1_400],
    ['light', 390],
  ] as const)(
    'in %s, %i pixels wide, has no fault that axe finds, and nothing that the page cuts off',
    async (colorScheme, width) => {
      for (const name of ['recorded', 'middle'] as const) {
        const { page, close } = await open(name, { colorScheme, viewport: { width, height: 900 }, bypassCSP: true });
        await page.evaluate(axe);
        const faults = await page.evaluate('axe.run(document, { resultTypes: ["violations"] })');
        expect(describeFaults(faults), name).toEqual([]);
        expect(await page.evaluate('document.documentElement.scrollWidth - window.innerWidth')).toBeLessThanOrEqual(0);
        await close();
      }
    },
  );

  it('prints whole: every instance, and no table that is wider than the paper', async () => {
    const { page, close } = await open('middle', { viewport: { width: 1_030, height: 720 }, colorScheme: 'dark' });
    const pdf = await page.pdf({ preferCSSPageSize: true, printBackground: true });
    expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
    const sheets = pdf.toString('latin1').match(/\/Type\s*\/Page\b/g) ?? [];
    expect(sheets.length).toBeGreaterThan(2);
    await page.emulateMedia({ media: 'print' });
    // A4 landscape less its margins is about 1,030 CSS pixels wide.
    const tooWide = await page.evaluate(`[...document.querySelectorAll('table, svg, pre, dl')].filter(
      (each) => each.getBoundingClientRect().right > document.documentElement.clientWidth + 1,
    ).length`);
    expect(tooWide).toBe(0);
    expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe('rgb(255, 255, 255)');
    await close();
  });
});

interface Fault {
  readonly id: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
}

function describeFaults(result: unknown): string[] {
  return isResult(result)
    ? result.violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html.slice(0, 200)} ${nodes[0]?.failureSummary}`)
    : ['axe has not run'];
}

function isResult(value: unknown): value is { readonly violations: readonly Fault[] } {
  return typeof value === 'object' && value !== null && 'violations' in value;
}
