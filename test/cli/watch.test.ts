import { expect, it } from 'vitest';
import { denied } from '../support/faults.js';
import { startFleet } from './processes.js';
import { serverFlags } from './support.js';
import { confirmKey, startOnTerminal } from './terminal.js';

it('watch on a terminal: bars, countdowns and failures; its keys pause, resume, skip, approve, abort and leave', async () => {
  const fleet = await startFleet({ count: 8, faults: denied('web-4') });
  await fleet.startWorker();
  const before = await fleet.instances();
  const spec = await fleet.spec({
    stages: [
      { name: 'canary', size: 2, bake: '2h', match: { names: ['web-1', 'web-2'] } },
      { name: 'rest', size: 'rest', approval: {} },
    ],
    failure: { max: 2, revert: 'run' },
  });

  const start = startOnTerminal(['start', spec, '--watch', ...fleet.startFlags]);
  await start.shows(/baking, \dh( \d+m)? left, until /);
  expect(start.screen().join('\n')).toMatch(
    new RegExp(
      [
        `^cli-${fleet.account}  baking, stage canary$`,
        '^ +█ done  × failed  ▒ skipped  ▸ in flight  · waiting$',
        '^  ✔ canary  █+ +2 +0 +0 +0 +0$',
        '^  · rest    ·+ +0 +0 +0 +0 +6$',
        '^  · all     █+·+ +2 +0 +0 +0 +6$',
        // Where it ends tomorrow its day makes the line too long.
        '^  ◷ [━─]+ baking, .+: stage\\s+canary$',
        '^  failure budget: 0 of 2 used in stage canary$',
      ].join('\n'),
      'm',
    ),
  );
  start.press('q');
  expect(await start.ended).toEqual({ code: 130, isRestored: true, isCursorShown: true });
  await start.shows(/rollout imds-rollout-.* goes on/);

  const watch = startOnTerminal(['watch', fleet.name, ...serverFlags()]);
  await watch.shows(/s skip bake {3}p pause {3}x abort {3}q leave/);
  watch.press('p');
  await watch.shows(/Pause the rollout\? .* y\/n/);
  watch.press('n');
  await watch.shows(/p pause/);
  await confirmKey(watch, 'p', /Pause the rollout\?/, 'elevated 5xx');
  await watch.shows(/! paused for \d+s: .* pause by .+@.+ \(elevated 5xx\)[\s\S]*✔ Paused: no new change starts\./);
  await confirmKey(watch, 'r', /Resume the rollout\?/);
  await watch.shows(/canary\n[^!]*✔ Resumed\.\s+s skip bake {3}p pause/);
  watch.resize(60, 20);
  await confirmKey(watch, 's', /End the bake of stage canary now\?/);
  await watch.shows(/! waiting for an approval, for \d+s: stage rest/);

  await fleet.holdChanges();
  await confirmKey(watch, 'a', /Let stage rest start with 6 instances \(plan [0-9a-f]{12}\)\?/);
  await watch.shows(/1 of 2 used in stage rest/);
  await watch.shows(/✘ us-east-1\/web-4 failed\(api-error\): AccessDenied/);
  watch.resize(80, 24);
  await watch.shows(/✘ rest +×+▸+ +0 +1 +0 +5 +0$/m);

  watch.press('x');
  await watch.shows(/h +halt: the 2 changed stay, and so do the 5 in flight/);
  await confirmKey(watch, 'b', /Abort the rollout for good, and roll back: the 2 changed go back/);
  await watch.shows(/✔ Aborted: what was changed is taken back\./);
  await fleet.letGo();
  expect(await watch.ended).toEqual({ code: 3, isRestored: true, isCursorShown: true });
  await watch.shows(
    /✘ rest +◂+×+ +0 +5 +1 +0$[\s\S]*✘ RolloutRolledBack: 0 of 8 require IMDSv2, 1 failed, 7 restored\. Rolled back:\s+aborted by /m,
  );
  expect(watch.brokenLines()).toEqual([]);
  expect(await fleet.instances()).toEqual(before);
});
