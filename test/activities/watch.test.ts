import { describe, it } from 'vitest';
import type { Streak, WatchMode } from '../../src/rollout/health.js';
import { until } from '../support/wait.js';
import { changedWorld, follow, idOf, scripted, told, watch } from '../support/watches.js';
import type { World } from '../support/world.js';

const IMPAIRED = 'unhealthy: the instance status check says impaired';
const UNSURE = 'blind: the instance status check says insufficient-data';

function sweepsOf(world: World) {
  return world.simulator.state.calls({ operation: 'GetInstances' });
}

async function waitForSweeps(world: World, count: number): Promise<void> {
  await until(() => {
    if (sweepsOf(world).length < count) throw new Error('not read so often yet');
  });
}

interface Reading {
  readonly mode: WatchMode;
  /** What each sweep reads of web-1, and of web-2 after a slash; see test/support/watches.ts. */
  readonly reads: string;
  readonly says: readonly string[];
  /** In which sweep. */
  readonly at: number;
  /** Of web-1, from an earlier watch. */
  readonly streak?: Streak;
}

const BLIND: Streak = { fails: 0, blind: 3 };

describe.concurrent('what is read, and what is told of it', () => {
  it.for<[what: string, reading: Reading]>([
    ['three fails in a row', { mode: 'after', reads: 'fff', says: [`web-1 ${IMPAIRED}`], at: 3 }],
    ['passes between fails', { mode: 'after', reads: 'fpffpfff', says: [`web-1 ${IMPAIRED}`], at: 8 }],
    [
      'fails of an earlier watch',
      { mode: 'after', reads: 'f', says: [`web-1 ${IMPAIRED}`], at: 1, streak: { fails: 2, blind: 0 } },
    ],
    [
      'the system below it',
      { mode: 'after', reads: 'sss', says: ['web-1 unhealthy: the system status check says impaired'], at: 3 },
    ],
    ['nothing that can be told, of one of two', { mode: 'after', reads: 'iii', says: [`web-1 ${UNSURE}`], at: 3 }],
    [
      'nothing that can be told, of all',
      {
        mode: 'after',
        reads: 'iii/iii',
        says: [`web-1 ${UNSURE}, as is the observer`, `web-2 ${UNSURE}, as is the observer`],
        at: 3,
      },
    ],
    [
      'just started',
      { mode: 'after', reads: 'nnn', says: ['web-1 blind: the system status check says initializing'], at: 3 },
    ],
    [
      'no status at all',
      { mode: 'after', reads: 'mmm', says: ['web-1 blind: the system status check says nothing'], at: 3 },
    ],
    ['blind before, and read again', { mode: 'after', reads: 'iip', says: ['web-1 recovered'], at: 3, streak: BLIND }],
    ['not changed yet', { mode: 'after', reads: 'oooofff', says: [`web-1 ${IMPAIRED}`], at: 7 }],
    ['its change still under way', { mode: 'after', reads: 'wwwwfff', says: [`web-1 ${IMPAIRED}`], at: 7 }],
    ['stopped between fails, which stand', { mode: 'after', reads: 'ffdddf', says: [`web-1 ${IMPAIRED}`], at: 6 }],
    ['gone between fails, which stand', { mode: 'after', reads: 'ffxxxf', says: [`web-1 ${IMPAIRED}`], at: 6 }],
    [
      'blind before, and stopped now: nobody waits for it',
      { mode: 'after', reads: 'd', says: ['web-1 recovered'], at: 1, streak: BLIND },
    ],
    ['to settle: all well', { mode: 'settle', reads: 'p', says: [], at: 1 }],
    ['to settle: in doubt at first', { mode: 'settle', reads: 'ffip', says: [], at: 4 }],
    ['to settle: failing', { mode: 'settle', reads: 'fff/f', says: [`web-1 ${IMPAIRED}`], at: 3 }],
    ['to settle: it stops', { mode: 'settle', reads: 'fd', says: [], at: 2 }],
    ['to settle: not changed', { mode: 'settle', reads: 'o', says: [], at: 1 }],
    ['to settle: not to be told', { mode: 'settle', reads: 'iii', says: [`web-1 ${UNSURE}`], at: 3 }],
    ['to settle: blind before', { mode: 'settle', reads: 'iip', says: ['web-1 recovered'], at: 3, streak: BLIND }],
    ['before: well, whatever its options', { mode: 'before', reads: 'p/p', says: [], at: 1 }],
    ['before: it fails, whatever its options', { mode: 'before', reads: 'ooo', says: [`web-1 ${IMPAIRED}`], at: 3 }],
    ['before: well at last', { mode: 'before', reads: 'ffp', says: [], at: 3 }],
    ['before: once it has passed, nobody looks again', { mode: 'before', reads: 'pffff/ffp', says: [], at: 3 }],
    [
      'before: all are told of at once',
      { mode: 'before', reads: 'fff/iiii', says: [`web-1 ${IMPAIRED}`, `web-2 ${UNSURE}`], at: 3 },
    ],
    ['before: stopped or gone', { mode: 'before', reads: 'd/x', says: [], at: 1 }],
    ['before: not to be told, of one of two', { mode: 'before', reads: 'iii', says: [`web-1 ${UNSURE}`], at: 3 }],
  ])('%s', async ([, { mode, reads, says, at, streak }], { onTestFinished, expect }) => {
    const [first = '', second = ''] = reads.split('/');
    const { intercept, sweeps } = scripted({ 'web-1': first, 'web-2': second });
    const world = await changedWorld(2, { onTestFinished, intercept });
    const streaks = streak === undefined ? {} : { [idOf(world, 'web-1')]: streak };
    expect(await told(world, follow(world, { mode, streaks }))).toEqual(says);
    expect(sweeps()).toBe(at);
  });
});

describe.concurrent('a sweep', () => {
  it('reads all pages, with the status checks', async ({ onTestFinished, expect }) => {
    const world = await changedWorld(5, { onTestFinished, scenario: { pageSize: 2 } });
    world.patch('web-5', { healthy: false });
    expect(await told(world, follow(world, { failureThreshold: 1 }))).toEqual([`web-5 ${IMPAIRED}`]);
    expect(sweepsOf(world)).toHaveLength(3);
    for (const { input } of sweepsOf(world)) expect(input).toMatchObject({ includeHealthStatus: true });
  });

  it('leaves the status checks out where no check needs them', async ({ onTestFinished, expect }) => {
    const world = await changedWorld(1, { onTestFinished });
    await told(world, follow(world, { mode: 'before', checks: [] }));
    expect(sweepsOf(world).map(({ input }) => input)).toEqual([{}]);
  });

  it('that is throttled is only slower', async ({ onTestFinished, expect }) => {
    const world = await changedWorld(2, { onTestFinished });
    world.simulator.state.addFault({ operation: 'GetInstances', times: 3, effect: { error: 'ThrottlingException' } });
    const report = await follow(world, { mode: 'settle' });
    expect(report).toMatchObject({ blind: [], unhealthy: [], streaks: {} });
    expect(sweepsOf(world)).toHaveLength(4);
  });

  it.for(['ExpiredTokenException', 'UnrecognizedClientException'])(
    'that is refused for the keys counts as none: %s',
    async (error, { onTestFinished, expect }) => {
      const world = await changedWorld(2, { onTestFinished });
      world.simulator.state.addFault({ operation: 'GetInstances', effect: { error } });
      const report = await follow(world);
      expect(report).toMatchObject({ blind: [], unhealthy: [], streaks: {} });
      expect(report.refused).toMatchObject({ region: 'us-east-1', why: expect.stringContaining(error) });
    },
  );

  it.for(['ServiceException', 'AccessDeniedException'])(
    'that ends in %s says so, and finds them all again afterwards',
    async (error, { onTestFinished, expect }) => {
      const world = await changedWorld(2, { onTestFinished });
      world.simulator.state.addFault({ operation: 'GetInstances', effect: { error } });
      const report = await follow(world);
      expect(report).toMatchObject({ unhealthy: [], observer: true, blindReason: expect.stringContaining(error) });
      expect(report.blind).toHaveLength(2);
      world.simulator.state.clearFaults();
      expect(await told(world, follow(world, { streaks: report.streaks }))).toEqual([
        'web-1 recovered',
        'web-2 recovered',
      ]);
    },
  );
});

describe.concurrent('a watch without news', () => {
  it('is pending between two rounds, and is ended there at once', async ({ onTestFinished, expect }) => {
    const world = await changedWorld(2, { onTestFinished });
    const watching = await watch(world, { interval: 600_000 });
    await until(async () => {
      const { rawInfo } = await watching.describe({ includeLastFailure: true });
      expect(rawInfo.lastFailure).toMatchObject({
        message: '2 of 2 instances are well; the next reading is in 10m',
        applicationFailureInfo: { type: 'WatchGoesOn' },
      });
    });
    await watching.cancel('another list');
    await expect(watching.result()).rejects.toThrow();
    expect(sweepsOf(world)).toHaveLength(1);
  });

  it('keeps what it has counted of sight over its attempts, and over another worker', async ({
    onTestFinished,
    expect,
  }) => {
    const world = await changedWorld(1, { onTestFinished, worker: false });
    world.simulator.state.addFault({ operation: 'GetInstances', effect: { error: 'ServiceException' } });
    const first = await world.startWorker();
    const watching = follow(world, { interval: 2_000 });
    await waitForSweeps(world, 1);
    await first.stop();
    await world.startWorker();
    expect(await told(world, watching)).toEqual([expect.stringMatching(/^web-1 blind: /)]);
  });
});
