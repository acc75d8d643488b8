import { Worker } from '@temporalio/worker';
import { describe, it, vi } from 'vitest';
import { until } from '../support/rollouts.js';
import { changedWorld, told, watch } from '../support/watches.js';

const workers: Worker[] = [];
const create = Worker.create.bind(Worker);
vi.spyOn(Worker, 'create').mockImplementation(async (o) => { const w = await create(o); workers.push(w); return w; });
describe.concurrent('x', () => {
  it.for(Array.from({ length: 36 }, (_, i) => i))('%i', async (i, { onTestFinished }) => {
    const world = await changedWorld(1, { onTestFinished, worker: false });
    world.patch('web-1', { healthy: false });
    const first = await world.startWorker();
    const watching = watch(world, { failureThreshold: 8, interval: 200 });
    await until(() => { if (world.simulator.state.calls({ operation: 'GetInstances' }).length < 5) throw new Error('no'); });
    await first.stop();
    const second = await world.startWorker();
    await told(world, watching);
    const t = setTimeout(() => {
      for (const w of workers) if (w.options.taskQueue.startsWith(world.taskQueue)) console.log('HANG', i, w.options.taskQueue.endsWith('control'), JSON.stringify(w.getStatus()));
    }, 15_000);
    await second.stop();
    clearTimeout(t);
  });
});
