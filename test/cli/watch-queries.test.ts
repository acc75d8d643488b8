import { expect, inject, it } from 'vitest';
import { findRollout } from '../../src/cli/find-rollout.js';
import { withSession } from '../../src/cli/temporal.js';
import { watchRollout } from '../../src/cli/watch-rollout.js';
import type { RolloutStatus } from '../../src/rollout/status.js';
import { waitForHold, waitUntil } from '../support/wait.js';
import { createWorld } from '../support/world.js';

it('a watch asks a worker only where there is something new: not while a stage bakes, and at once for a message', async ({
  onTestFinished,
}) => {
  const world = await createWorld({ onTestFinished, fleet: 2 });
  const rollout = await world.start({
    stages: [{ name: 'all', size: 'rest', bake: '1h' }],
    health: { interval: '100ms', checks: [{ status: true }] },
  });
  await waitForHold(rollout, 'bake');
  const { address, namespace } = inject('temporal');
  await withSession({ address, namespace }, async (session) => {
    const found = await findRollout(session, rollout.workflowId);
    let queries = 0;
    const status = found.handle.status.bind(found.handle);
    found.handle.status = () => {
      queries += 1;
      return status();
    };
    const shown: RolloutStatus[] = [];
    const view = { show: (next: RolloutStatus) => shown.push(next), trouble: () => {}, close: () => {} };
    const leaving = new AbortController();
    const watching = watchRollout(session, found, view, { signal: leaving.signal, isTerminal: true });

    await waitUntil('the bake is shown', () => shown.some(({ waiting }) => waiting?.for === 'bake'));
    const sweeps = () => world.simulator.state.calls({ operation: 'GetInstances' }).length;
    const [queriesBefore, sweepsBefore] = [queries, sweeps()];
    await waitUntil('the instances are read again and again', () => sweeps() > sweepsBefore + 40);
    // What is read of the history at the beginning may ring once.
    expect(queries - queriesBefore).toBeLessThanOrEqual(1);

    await rollout.pause({ by: 'ann' });
    await waitUntil('the pause is shown', () => shown.at(-1)?.paused !== undefined);
    expect(queries - queriesBefore).toBeLessThanOrEqual(4);
    leaving.abort();
    expect(await watching).toEqual({ kind: 'left' });
  });
  await rollout.abort();
  await rollout.result();
});
