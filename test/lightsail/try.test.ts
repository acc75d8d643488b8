import { it } from 'vitest';
import { rollVirtually } from '/work/main/test/lightsail/virtual-rollout.js';
it('x', async () => {
  for (const order of ['by name','mixed'] as const) {
    const r = await rollVirtually({ scopes: 1, instances: 300, concurrency: 50, pending: [5000,15000], latency: 40, pacing: {ratePerSecond:10,burst:20}, order });
    console.log('300', order, JSON.stringify(r), JSON.stringify((globalThis as any).stat)); (globalThis as any).stat = {};
    const q = await rollVirtually({ scopes: 5, instances: 10000, concurrency: 500, pending: [5000,15000], latency: 40, pacing: {ratePerSecond:40,burst:40}, limit:{ratePerSecond:20,burst:40}, order });
    console.log('10k', order, JSON.stringify(q));
  }
}, 600000);
