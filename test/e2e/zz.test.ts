import { it } from 'vitest';
import { createWorld } from '../support/world.js';
it('t', async () => {
  for (let i=0;i<3;i++){
  let t = performance.now(); const lap=(s: string)=>{const n=performance.now(); console.log(s, Math.round(n-t)); t=n;};
  const world = await createWorld({ worker:false, fleet: 6 }); lap('world');
  const w = await world.startWorker(); lap('worker');
  const r = await world.start({stages:[{name:'rest',size:'rest'}]}); lap('start');
  await r.result(); lap('result');
  const r2 = await world.start({options:{httpTokens:'optional'}, stages:[{name:'rest',size:'rest'}]}); lap('start');
  await r2.result(); lap('result');
  await w.stop(); lap('stop');
  }
});
