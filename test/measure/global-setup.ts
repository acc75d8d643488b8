import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCoverageMap } from 'istanbul-lib-coverage';
import type { ProvidedContext } from 'vitest';
import type { TestProject } from 'vitest/node';
import { failingTeardown } from '../support/failing-teardown.js';
import { addCounters, type Counters } from './counters.js';
import { MEASURED } from './instrument.mjs';
import { emptyCoverage } from './measured-code.js';
import { printReport, unmet } from './report.js';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Where the processes of a run that is measured leave what they have counted. */
    coverageFolder: string;
    /** Folders of src that are measured; all of {@link MEASURED} where it isn't there. */
    measuredFolders: readonly string[];
  }
}

/** Prints the coverage when all tests are through. @throws where a run of all tests falls short of what is wanted */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'imds-rollout-coverage-'));
  project.provide('coverageFolder', folder);
  const { measuredFolders = MEASURED }: Partial<ProvidedContext> = project.getProvidedContext();
  return failingTeardown(async () => {
    const sum = emptyCoverage(measuredFolders);
    for (const file of await readdir(folder)) {
      const lines = (await readFile(join(folder, file), 'utf8')).trimEnd().split('\n');
      for (const line of lines) addCounters(sum, within(sum, JSON.parse(line)));
    }
    await rm(folder, { recursive: true });
    const map = createCoverageMap(sum);
    printReport(map);
    const { testFiles } = await project.globTestFiles();
    if (project.vitest.state.getFiles().length < testFiles.length) return;
    const short = unmet(map, measuredFolders);
    if (short.length > 0) throw new Error(`Too little is covered: ${short.join(', ')}.`);
  });
}

function within(sum: Counters, counters: Counters): Counters {
  return Object.fromEntries(Object.entries(counters).filter(([path]) => path in sum));
}
