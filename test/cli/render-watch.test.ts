import xterm from '@xterm/headless';
import pc from 'picocolors';
import { describe, expect, it } from 'vitest';
import { cellsOf, PARTS, partsOf, renderBar } from '../../src/cli/render/bar.js';
import { speaksUnicode, toAscii } from '../../src/cli/render/glyphs.js';
import { foldStages, renderStages } from '../../src/cli/render/stages.js';
import { describeWaiting, renderBudget, renderStatus } from '../../src/cli/render/status.js';
import { renderWatch, type WatchPicture } from '../../src/cli/render/watch.js';
import { CLOSED, type Dialog } from '../../src/cli/watch/dialog.js';
import { openFrame } from '../../src/cli/watch/frame.js';
import { offeredKeys } from '../../src/cli/watch/keys.js';
import type { Counts } from '../../src/rollout/ledger.js';
import type { RolloutStatus, StageStatus } from '../../src/rollout/status.js';

const screen = (width: number) => ({ paint: pc.createColors(false), width });
const NOW = Date.parse('2026-03-01T12:00:00Z');
const at = (offset: number) => new Date(NOW + offset).toISOString();

function stage(name: string, size: number, counts: Partial<Counts> = {}): StageStatus {
  return { name, size, counts: { total: size, inFlight: 0, ...counts } };
}

function status(changes: Partial<RolloutStatus> = {}): RolloutStatus {
  return {
    name: 'prod',
    phase: 'applying',
    stage: 'early',
    waiting: null,
    counts: { total: 44, inFlight: 3, changed: 10, failed: 1, compliant: 2, blocked: 2 },
    stages: [stage('canary', 1, { changed: 1 }), stage('early', 39, { inFlight: 3, changed: 9, failed: 1 })],
    budget: { failed: 1, allowedInStage: 2, maxTotal: 1 },
    log: [],
    ...changes,
  };
}

function picture(changes: Partial<WatchPicture> = {}): WatchPicture {
  return {
    kind: 'rollout',
    status: status(),
    now: NOW,
    pace: undefined,
    left: undefined,
    trouble: [],
    dialog: CLOSED,
    answer: undefined,
    keys: offeredKeys(status(), 'rollout'),
    footer: [],
    goesOn: true,
    isClosing: false,
    ...changes,
  };
}

describe('a bar', () => {
  const bar = (counts: Partial<Counts>, length = 10) =>
    renderBar(screen(80), partsOf({ total: 0, inFlight: 0, ...counts }), length);

  it.each<[what: string, counts: Partial<Counts>, drawn: string]>([
    ['no targets', { total: 0 }, '··········'],
    ['nothing done', { total: 5 }, '··········'],
    ['all done', { total: 5, changed: 5 }, '██████████'],
    ['all failed', { total: 3, failed: 2, 'restore-failed': 1 }, '××××××××××'],
    ['half of it taken back', { total: 4, changed: 2, restored: 2 }, '█████◂◂◂◂◂'],
    ['one failure of 20,000', { total: 20_000, changed: 19_999, failed: 1 }, '█████████×'],
    ['one to go of 20,000', { total: 20_000, changed: 19_999 }, '█████████·'],
    ['the first of 20,000', { total: 20_000, inFlight: 1 }, '▸·········'],
    ['a bit of all', { total: 12, inFlight: 2, compliant: 3, skipped: 1, gone: 1, failed: 1 }, '██×▒▒▸▸···'],
  ])('of %s', (_, counts, drawn) => {
    expect(bar(counts)).toBe(drawn);
  });

  it('has every part that there is, and just its length', () => {
    for (const length of [6, 7, 16, 60]) {
      for (const seed of [1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12, 13]) {
        const parts = Object.fromEntries(PARTS.map((part, index) => [part, (seed * 7919 * (index + 3)) % 7]));
        const all = { done: 0, back: 0, failed: 0, skipped: 0, flight: 0, waiting: 0, ...parts };
        const cells = cellsOf(all, length);
        expect(PARTS.reduce((sum, part) => sum + cells[part], 0)).toBe(length);
        for (const part of PARTS) expect(cells[part] > 0).toBe(all[part] > 0);
      }
    }
  });
});

describe('stages', () => {
  it('have their figures in columns, and the whole below, what the plan has set aside included', () => {
    expect(renderStages(screen(80), status(), 'rollout')).toEqual([
      '                             █ done  × failed  ▒ skipped  ▸ in flight  · waiting',
      '  ✔ canary  ███████████████       1         0          0            0          0',
      '  ✘ early   ███×▸··········       9         1          0            3         26',
      '  ✘ all     ████×▒▸········      12         1          2            3         26',
    ]);
  });

  it('show on the way back how much is back', () => {
    const counts = { changed: 30, restored: 10 };
    const back = status({
      phase: 'reverting',
      counts: { total: 40, inFlight: 0, ...counts },
      stages: [stage('all', 40, counts)],
    });
    expect(renderStages(screen(80), back, 'rollout')).toEqual([
      expect.stringMatching(/█ done {2}◂ back {2}× failed {2}▒ skipped {2}· waiting$/),
      expect.stringMatching(/^ {2}↺ all {2}█+◂+ +30 +10 +0 +0 +0$/),
    ]);
  });

  it('are words where nobody draws', () => {
    expect(renderStages(screen(Infinity), status(), 'rollout')).toEqual([
      '  ✔ canary   1  1 changed',
      '  ✘ early   39  9 changed, 1 failed, 3 in flight, 26 not started',
      '  ✘ all     44  10 changed, 2 compliant, 2 blocked, 1 failed, 3 in flight, 26 not started',
    ]);
  });

  it('are shown together where there is no room, the one that runs excepted', () => {
    const stages = Array.from({ length: 20 }, (_, index) =>
      stage(`wave-${index}`, 10, index < 8 ? { changed: 10 } : {}),
    );
    expect(foldStages(stages, 8, 4)).toMatchObject([
      { name: '8 before', size: 80, counts: { changed: 80, total: 80 } },
      { name: 'wave-8' },
      { name: 'wave-9' },
      { name: '10 after', size: 100 },
    ]);
    for (const current of [0, 1, 10, 18, 19]) {
      for (const room of [3, 5, 20]) {
        const rows = foldStages(stages, current, room);
        expect(rows.length).toBeLessThanOrEqual(room);
        expect(rows.map(({ name }) => name)).toContain(`wave-${current}`);
        expect(rows.reduce((sum, { size }) => sum + size, 0)).toBe(200);
      }
    }
  });
});

describe('what it waits for', () => {
  const bake = { for: 'bake', since: at(-60_000), reason: 'stage early' } as const;
  it.each([
    [bake, /^baking, for 1m: stage early$/],
    [{ ...bake, until: at(843_200) }, /^baking, 14m 4s left, until .+: stage early$/],
    [{ ...bake, until: at(7_259_000) }, /^baking, 2h 1m left, until /],
    [{ ...bake, until: at(200) }, /^baking, 1s left, until /],
    [{ ...bake, until: at(-1) }, /^baking, due, until /],
    [
      { for: 'approval', since: at(-3_660_000), reason: 'stage rest' },
      /^waiting for an approval, for 1h 1m: stage rest$/,
    ],
    [{ for: 'window', since: at(0), until: at(60_000) }, /^outside the windows, 1m left, until [^:]+:\d\d:\d\d$/],
  ] as const)('%j', (waiting, shown) => {
    expect(describeWaiting(waiting, NOW)).toMatch(shown);
  });

  it('has a bar of the time that is over', () => {
    const waiting = { ...bake, until: at(60_000) };
    expect(renderStatus(screen(80), status({ waiting }), NOW).join('\n')).toMatch(/^ {2}◷ ━{8}─{8} baking, 1m left/m);
  });
});

describe('the failure budget', () => {
  it.each<[budget: RolloutStatus['budget'], shown: string]>([
    [{ failed: 1, allowedInStage: 2 }, '  failure budget: 1 of 2 used in stage early'],
    [
      { failed: 1, allowedInStage: 2, maxTotal: 1 },
      '  failure budget: 1 of 2 used in stage early, 1 of 1 in the run; one more\n    failure stops the rollout',
    ],
  ])('%j', (budget, shown) => {
    expect(renderBudget(screen(80), status({ budget }), 'rollout').join('\n')).toBe(shown);
  });

  it('says no more once it is used up, but why', () => {
    const tripped = status({ budget: { failed: 3, allowedInStage: 2, tripped: '3 of 39 targets failed, 2 may' } });
    expect(renderBudget(screen(80), tripped, 'rollout')).toEqual([]);
    expect(renderStatus(screen(80), tripped, NOW)).toContain('  ✘ 3 of 39 targets failed, 2 may');
  });
});

describe('a picture', () => {
  const long = 'x'.repeat(200);
  const full = picture({
    status: status({
      name: 'p'.repeat(60),
      stage: 'wave-7',
      stages: Array.from({ length: 20 }, (_, index) => stage(`wave-${index}`, 1_000, { changed: 300, inFlight: 100 })),
      counts: { total: 20_000, changed: 6_000, inFlight: 2_000 },
      waiting: { for: 'approval', since: at(-1_000), until: at(1_000), reason: `東京 ${long}` },
      paused: { at: at(-5_000), event: 'pause', by: 'ops', reason: long },
      unreadable: '3 instances can not be read',
      log: Array.from({ length: 20 }, () => ({ at: at(0), event: long })),
      failures: Array.from({ length: 5 }, () => `us-east-1/web-1 failed(api-error): evil\u001b[2J ${long}`),
    }),
    pace: { perMinute: 12.4, seenFor: 90_000 },
    left: { ms: 4_000_000, bakes: 3_600_000, without: ['the approval of rest', 'windows and freezes'] },
    answer: { ok: false, text: long },
  });
  const dialogs: readonly Dialog[] = [
    CLOSED,
    {
      step: 'choose',
      intents: ['halt', 'rollback'].map((mode) => ({ kind: 'abort', mode: mode === 'halt' ? 'halt' : 'rollback' })),
    },
    { step: 'confirm', intent: { kind: 'approve', stage: 'wave-7', planHash: 'ab'.repeat(32) } },
    { step: 'reason', intent: { kind: 'pause' }, text: long },
    { step: 'sending', intent: { kind: 'pause' } },
  ];
  it.each([
    [40, 12],
    [40, 24],
    [80, 24],
    [140, 40],
    [80, 8],
  ])('at %i columns and %i rows fits, whatever is to be said, and keeps the question', (width, rows) => {
    for (const dialog of dialogs) {
      const lines = renderWatch(screen(width), { ...full, dialog }, rows);
      expect(lines.length).toBeLessThan(rows);
      expect(lines.join('\n')).not.toContain('\u001b');
      expect(lines.join('\n')).toMatch(dialog.step === 'closed' ? /q leave/ : /\? \S/);
      if (rows >= 24) expect(lines.join('\n')).toMatch(/wave-7/);
    }
  });

  it.each([
    [true, /q leave \(the rollout goes on\)/],
    [false, /q stop \(the rollout stands still\)/],
  ])('says what q does: a rollout that goes on by itself %s', (goesOn, said) => {
    expect(renderWatch(screen(140), { ...full, goesOn }, 40).join('\n')).toMatch(said);
  });

  it('says how fast it goes, how long it takes, and what that leaves out', () => {
    const { pace, left } = full;
    const text = renderWatch(screen(140), picture({ pace, left }), 40).join('\n');
    expect(text).toContain(
      '  pace: 12 instances a minute, seen over 1m 30s; about 1h 7m left, 1h of it bakes, not counting the approval of rest and windows and freezes\n',
    );
    expect(renderWatch(screen(80), picture(), 24).join('\n')).toContain('pace: not enough seen yet to tell');
  });

  it('without a terminal to read from names Ctrl-C, and at the end nothing at all', () => {
    expect(renderWatch(screen(80), picture({ keys: [] }), 24).at(-1)).toBe(
      '  Ctrl-C stops watching; the rollout goes on.',
    );
    expect(renderWatch(screen(80), picture({ isClosing: true }), 24).join('\n')).not.toMatch(/leave|Ctrl-C|pace/);
  });
});

it('where the locale has no UTF-8, signs are ASCII, each as wide as before', () => {
  expect(toAscii('✔ ██×▒▸◂·· ◷ ━─ ✘ ↺ …')).toBe('+ ##x->... ~ =- x < ~'.replace('>...', '><..'));
  expect(speaksUnicode({ LANG: 'en_US.UTF-8' }, 'linux')).toBe(true);
  expect(speaksUnicode({ LANG: 'en_US.UTF-8', LC_ALL: 'C' }, 'linux')).toBe(false);
  expect(speaksUnicode({ LANG: 'C.utf8', TERM: 'linux' }, 'linux')).toBe(false);
  expect(speaksUnicode({}, 'linux')).toBe(false);
});

describe('a frame on a terminal', () => {
  function open(cols: number, rows: number) {
    const terminal = new xterm.Terminal({ cols, rows, allowProposedApi: true });
    const writes: string[] = [];
    const stream = Object.assign(Object.create(process.stdout), { columns: cols, rows });
    Object.defineProperties(stream, {
      columns: { value: cols, writable: true },
      rows: { value: rows, writable: true },
    });
    stream.write = (text: string) => {
      writes.push(text);
      terminal.write(text.replaceAll('\n', '\r\n'));
      return true;
    };
    const shown = () =>
      new Promise<string[]>((resolve) => {
        terminal.write('', () => {
          const { active } = terminal.buffer;
          resolve(
            Array.from({ length: active.length }, (_, index) => active.getLine(index)?.translateToString(true) ?? ''),
          );
        });
      });
    const frame = openFrame({ stream, glyphs: (text) => text });
    const resize = (columns: number) => {
      terminal.resize(columns, rows);
      stream.columns = columns;
    };
    return { frame, writes, shown, resize, stream };
  }

  it('shows each picture whole, whatever was there before, with one write and none where nothing changed', async () => {
    const { frame, writes, shown, stream } = open(20, 12);
    stream.write('before\n');
    const pictures = ['abc', 'aXbc', 'bc', 'bcdefgh', 'bcXefgh', 'b', '', 'zzzzzzzzz', 'zzzz'].map((text) => [...text]);
    for (const lines of pictures) {
      writes.length = 0;
      frame.draw(lines);
      frame.draw(lines);
      expect(writes.length).toBeLessThanOrEqual(1);
      expect((await shown()).join('\n').trimEnd()).toBe(['before', ...lines].join('\n').trimEnd());
    }
    frame.done();
    expect(writes.at(-1)).toContain('\u001b[?25h');
  });

  it('cuts what is too wide, and is drawn anew where the terminal becomes narrower', async () => {
    const { frame, shown, resize } = open(20, 12);
    const lines = ['head', '1234567890123456789', '東京'.repeat(9), 'x'.repeat(20)];
    frame.draw(lines);
    expect((await shown()).slice(0, 5)).toEqual([
      'head',
      '1234567890123456789',
      '東京東京東京東京東…',
      'x'.repeat(20),
      '',
    ]);
    resize(10);
    frame.draw(lines);
    expect((await shown()).join('\n').trimEnd()).toBe(['head', '123456789…', '東京東京…', 'xxxxxxxxx…'].join('\n'));
    frame.done();
  });
});
