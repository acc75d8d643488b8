// Writes what the package exports: api/*.api.md, one file for each entry of package.json, to review its types; and docs/api, to read.
// With --check nothing is written, and what isn't up to date fails.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CompilerState, Extractor, ExtractorConfig } from '@microsoft/api-extractor';

const root = fileURLToPath(new URL('..', import.meta.url));
const isCheck = process.argv.includes('--check');
const temporary = mkdtempSync(join(tmpdir(), 'imds-rollout-api-'));

try {
  const isCurrent = [reportTypes(), writePages()].every(Boolean);
  if (!isCurrent) process.stderr.write('The public surface has changed: run npm run api, and look at its diff.\n');
  process.exitCode = isCurrent ? 0 : 1;
} finally {
  rmSync(temporary, { recursive: true, force: true });
}

/** @returns whether the reports are as they were, or were to be written */
function reportTypes() {
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const configs = Object.entries(exports)
    .filter(([, entry]) => typeof entry === 'object')
    .map(([name, { types }]) => configOf(name === '.' ? 'index' : name.slice(2), join(root, types)));
  const [first, ...others] = configs;
  const compilerState = CompilerState.create(first, {
    additionalEntryPoints: others.map(({ mainEntryPointFilePath }) => mainEntryPointFilePath),
  });
  const results = configs.map((config) =>
    Extractor.invoke(config, { compilerState, localBuild: !isCheck, printApiReportDiff: true, messageCallback: quiet }),
  );
  return results.every(({ succeeded }) => succeeded);
}

/** Which compiler it brings along is no news. */
function quiet(message) {
  if (message.messageId === 'console-preamble') message.handled = true;
}

function configOf(reportFileName, mainEntryPointFilePath) {
  return ExtractorConfig.prepare({
    configObject: {
      projectFolder: root,
      newlineKind: 'lf',
      mainEntryPointFilePath,
      compiler: { tsconfigFilePath: join(root, 'tsconfig.build.json') },
      apiReport: {
        enabled: true,
        reportFileName,
        reportFolder: join(root, 'api'),
        reportTempFolder: temporary,
        // Types that an export is made of, exported themselves or not: a change of theirs is a change of it.
        includeForgottenExports: true,
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      messages: {
        // What is to be documented, and how, is typedoc's to say.
        extractorMessageReporting: { default: { logLevel: 'none' }, 'ae-wrong-input-file-type': { logLevel: 'error' } },
        tsdocMessageReporting: { default: { logLevel: 'none' } },
        compilerMessageReporting: { default: { logLevel: 'error' } },
      },
    },
    configObjectFullPath: undefined,
    packageJsonFullPath: join(root, 'package.json'),
  });
}

/** @returns whether the pages are as they were, or were to be written */
function writePages() {
  const pages = join(root, 'docs/api');
  const out = isCheck ? join(temporary, 'pages') : pages;
  const typedoc = join(root, 'node_modules/typedoc/bin/typedoc');
  try {
    execFileSync(process.execPath, [typedoc, '--out', out, '--logLevel', 'Warn'], { cwd: root, stdio: 'inherit' });
  } catch {
    return false;
  }
  const names = new Set([...readdirSync(pages), ...readdirSync(out)]);
  const changed = [...names].filter((name) => read(join(pages, name)) !== read(join(out, name)));
  for (const name of changed) process.stderr.write(`docs/api/${name} is out of date.\n`);
  return changed.length === 0;
}

function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
