import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FileCoverageData } from 'istanbul-lib-coverage';
import { instrument, isMeasured, MEASURED } from './instrument.mjs';

const SRC = fileURLToPath(new URL('../../src/', import.meta.url));

/**
 * All that counts, with nothing of it run yet; a file that nothing loads is there too.
 *
 * @param folders - of src
 */
export function emptyCoverage(folders = MEASURED): Record<string, FileCoverageData> {
  return Object.fromEntries(
    folders
      .flatMap((folder) =>
        readdirSync(join(SRC, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(SRC, folder, name)),
      )
      .filter(isMeasured)
      .map((path) => [path, instrument(readFileSync(path, 'utf8'), path).coverage]),
  );
}
