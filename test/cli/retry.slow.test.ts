import { expect, it } from 'vitest';
import { startFleet } from './processes.js';
import { parseJson, runCommand, serverFlags } from './support.js';

it('retry starts the same spec again over what has failed, and says so where nothing has', async () => {
  const fleet = await startFleet({
    count: 4,
    faults: [2, 3].map((n) => ({
      operation: 'UpdateInstanceMetadataOptions' as const,
      instance: `web-${n}`,
      times: 1,
      effect: { error: 'AccessDeniedException' as const },
    })),
  });
  await fleet.startWorker();
  const spec = await fleet.spec({ stages: [{ name: 'all', size: 'rest' }], failure: { max: 3, revert: 'none' } });
  expect(await runCommand(['start', spec, '--wait', ...fleet.startFlags])).toMatchObject({ code: 4 });
  const end = await runCommand(['retry', fleet.name, '--wait', '--yes', '--json', ...serverFlags()]);
  expect(end.stderr).toContain(`Tries 2 instances of ${fleet.name} again: us-east-1/web-2, us-east-1/web-3.`);
  expect(parseJson(end)).toMatchObject({
    workflowId: expect.stringMatching(/\/retry\/[0-9a-f]{8}$/),
    outcome: { status: 'completed', result: { counts: { changed: 2 } } },
  });
  expect((await fleet.instances()).map(({ metadataOptions }) => metadataOptions?.httpTokens)).toEqual(
    Array.from({ length: 4 }, () => 'required'),
  );
  expect(end).toMatchObject({ code: 0 });
  const { workflowId } = parseJson(end) as { workflowId: string };
  const nothing = await runCommand(['retry', workflowId, '--yes', ...serverFlags()]);
  expect(nothing).toMatchObject({ code: 0, stderr: '' });
  expect(nothing.stdout).toContain('there is nothing to try again');
});
