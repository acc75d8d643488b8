import type { FileCoverageData } from 'istanbul-lib-coverage';
import type { Instrumenter } from 'istanbul-lib-instrument';

/** The folders of src whose coverage counts. */
export declare const MEASURED: readonly string[];

/** @param path - absolute */
export declare function isMeasured(path: string): boolean;

/** @returns the TypeScript with counters in it, and a description of what they count, with all of them at 0 */
export declare function instrument(
  code: string,
  path: string,
): {
  readonly code: string;
  readonly map: ReturnType<Instrumenter['lastSourceMap']>;
  readonly coverage: FileCoverageData;
};
