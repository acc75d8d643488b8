import { it } from 'vitest';
import { createWorld } from '/work/main/test/support/world.js';
it('m', async () => {
  for (let i=0;i<3;i++){ const t=performance.now(); const w = await createWorld({worker:false}); const t1=performance.now(); const c0=process.cpuUsage(); const x= await w.startWorker(); const t2=performance.now(); const c1=process.cpuUsage(c0); console.log(t1-t,t2-t1,c1);
   const c2=process.cpuUsage(); const r=await w.rollouts.start(w.spec(),{taskQueue:w.taskQueue}); await r.result(); console.log('roll',performance.now()-t2, process.cpuUsage(c2)); const t3=performance.now(); await x.stop(); console.log('stop',performance.now()-t3);}
});
