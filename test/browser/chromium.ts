import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];

/** The browser that CHROME_PATH names, or the first one on PATH. @throws where there is none, with the remedy */
async function findChromium({ CHROME_PATH, PATH = '' }: NodeJS.ProcessEnv): Promise<string> {
  if (CHROME_PATH) {
    if (await canRun(CHROME_PATH)) return CHROME_PATH;
    throw new Error(`CHROME_PATH is ${CHROME_PATH}, and there is nothing to run: name a Chromium or Chrome.`);
  }
  for (const name of NAMES) {
    for (const folder of PATH.split(delimiter)) {
      const path = join(folder, name);
      if (folder !== '' && (await canRun(path))) return path;
    }
  }
  throw new Error(
    'There is no Chromium or Chrome on PATH. Install one (Debian: apt-get install chromium), or name it: CHROME_PATH=/path/to/chrome',
  );
}

export async function launchChromium(): Promise<Browser> {
  const executablePath = await findChromium(process.env);
  // As root, as CI runs it, Chromium's own sandbox can't be set up; it opens nothing but files that were just made.
  const args = process.getuid?.() === 0 ? ['--no-sandbox', '--disable-dev-shm-usage'] : [];
  return chromium.launch({ executablePath, args, timeout: 30_000 });
}

function canRun(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
