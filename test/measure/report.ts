import { type CoverageMap, type CoverageSummary, createCoverageMap } from 'istanbul-lib-coverage';
import { createContext } from 'istanbul-lib-report';
import { create } from 'istanbul-reports';
import { MEASURED } from './instrument.mjs';

/** In per cent. Elsewhere some branches keep the compiler content, or wait for two things to meet at one moment. */
const WANTED = { rollout: { lines: 100, branches: 100 }, elsewhere: { lines: 95, branches: 95 } } as const;

/**
 * A table of folders and files on standard output, with the numbers of the lines that never ran; where all have run, with
 * those of the branches. In coverage/ are the pages with every branch, and the same for machines.
 */
export function printReport(map: CoverageMap): void {
  const context = createContext({ coverageMap: map, defaultSummarizer: 'pkg', dir: 'coverage' });
  create('text', { maxCols: 0 }).execute(context);
  create('html').execute(context);
  create('json').execute(context);
}

/** What falls short of what is wanted, folder by folder. */
export function unmet(map: CoverageMap, folders = MEASURED): string[] {
  return folders.flatMap((folder) => {
    const summary = summaryOf(map, folder);
    const wanted = folder === 'rollout' ? WANTED.rollout : WANTED.elsewhere;
    return (['lines', 'branches'] as const)
      .filter((what) => summary[what].pct < wanted[what])
      .map((what) => `${summary[what].pct} % of the ${what} of src/${folder}, and ${wanted[what]} % are wanted`);
  });
}

function summaryOf(map: CoverageMap, folder: string): CoverageSummary {
  const own = createCoverageMap({ ...map.data });
  own.filter((path) => path.includes(`/src/${folder}/`));
  return own.getCoverageSummary();
}
