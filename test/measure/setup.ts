import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, inject } from 'vitest';
import { takeCounters } from './counters.js';
import { takeFromWorkflows } from './from-workflows.js';

// After each test file, as nobody knows which of a process is its last.
afterAll(() => {
  const lines = [takeCounters(), takeFromWorkflows()].map((counters) => `${JSON.stringify(counters)}\n`);
  appendFileSync(join(inject('coverageFolder'), `${process.pid}.jsonl`), lines.join(''));
});
