import { writeFileSync } from 'node:fs';

/** Loaded before a measured process's own code: leaves a note of what the process has used. */
process.on('exit', () => {
  const path = process.env.BENCH_USAGE;
  if (path === undefined) return;
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  writeFileSync(
    path,
    JSON.stringify({ cpuSeconds: (userCPUTime + systemCPUTime) / 1e6, peakMegabytes: maxRSS / 1_024 }),
  );
});
