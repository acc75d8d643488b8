import { expect, it } from 'vitest';
import { parseJson, runCommand, startCommand } from './support.js';

it('shows a rollout that completes and one that is taken back, leaves nothing running, and ends with 0', async () => {
  const end = await runCommand(['demo', '--json']);
  expect(end.stderr).toMatch(/Both ended as they should/);
  expect(end).toMatchObject({ code: 0 });
  expect(parseJson(end)).toMatchObject({
    ok: true,
    problems: [],
    rollouts: [
      { expected: 'completed', ended: 'completed' },
      { expected: 'RolloutRolledBack', ended: 'RolloutRolledBack' },
    ],
    regions: [{ region: 'us-east-1' }, { region: 'eu-west-1' }, { region: 'eu-north-1' }],
  });
  const { uiUrl } = Object(parseJson(end));
  await expect(fetch(uiUrl)).rejects.toThrow();
});

it('Ctrl-C in the middle stops everything that it has started, and ends with 130', async () => {
  const demo = startCommand(['demo']);
  await demo.says(/stage early starts/);
  const [, uiUrl = ''] = /Temporal UI +(http:\S+)/.exec(demo.stdout()) ?? [];
  expect((await fetch(uiUrl)).ok).toBe(true);
  demo.signal('SIGINT');
  expect((await demo.ended).code).toBe(130);
  await expect(fetch(uiUrl)).rejects.toThrow();
});
