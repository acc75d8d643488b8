import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Mutation } from './mutations.js';

// From the compiled file: .chaos/chaos/mutants/mutant.js
const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** What a copy of the project needs to be compiled, and to be tested against the model. */
const COPIED = [
  'src',
  'chaos',
  'test',
  'schema',
  'package.json',
  'tsconfig.json',
  'tsconfig.chaos.json',
  'vitest.config.ts',
];

/** Few runs are enough for most, and each lane has two workers to start. */
const LANES = '5';

export interface Verdict {
  readonly caught: boolean;
  /** What the check has said first. */
  readonly how: string;
  readonly seconds: number;
}

/** A copy of the project with one defect. */
export interface Mutant {
  runCampaign(options: { readonly runs: string; readonly seed: string }): Promise<Verdict>;
  checkModel(): Promise<Verdict>;
  remove(): Promise<void>;
}

/** @throws where the mutation no longer fits the source, or doesn't compile: then it proves nothing */
export async function prepareMutant({ name, file, from, to }: Mutation): Promise<Mutant> {
  const folder = join(ROOT, '.chaos', 'mutant');
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  for (const path of COPIED) await cp(join(ROOT, path), join(folder, path), { recursive: true });
  const path = join(folder, 'src', file);
  const source = await readFile(path, 'utf8');
  if (source.split(from).length !== 2) throw new Error(`"${name}" no longer fits: its text must stand in ${file} once`);
  await writeFile(
    path,
    source.replace(from, () => to),
  );
  // Code that can't be reached any more is the point of some of them.
  const relaxed = ['--noUnusedLocals', 'false', '--noUnusedParameters', 'false', '--allowUnreachableCode', 'true'];
  const compiled = await exec(folder, 'tsc', ['-p', 'tsconfig.chaos.json', ...relaxed]);
  if (compiled.code !== 0) throw new Error(`"${name}" doesn't compile:\n${compiled.output}`);
  await cp(join(folder, 'package.json'), join(folder, '.chaos', 'package.json'));
  return {
    runCampaign: async ({ runs, seed }) => {
      const start = Date.now();
      const script = join(folder, '.chaos', 'chaos', 'main.js');
      const { output } = await exec(folder, process.execPath, [
        script,
        '--runs',
        runs,
        '--seed',
        seed,
        '--lanes',
        LANES,
        '--bail',
      ]);
      const [, found, how] = /✘ (seed \d+)[^\n]*\n {2}([^\n]+)/.exec(output) ?? [];
      if (found === undefined && !output.includes(`✔ ${runs} runs`)) throw new Error(`the campaign broke:\n${output}`);
      return verdict(start, found !== undefined, found === undefined ? `${runs} runs saw nothing` : `${found}: ${how}`);
    },
    checkModel: async () => {
      const start = Date.now();
      const search = ['run', 'test/model', '--bail', '1', '--reporter', 'tap-flat'];
      const { code, output } = await exec(folder, 'vitest', search, { MODEL_RUNS: '250', MODEL_QUICK: '1' });
      const how = /^not ok \d+ - ([^\n]+)/m.exec(output)?.[1];
      if (code !== 0 && how === undefined) throw new Error(`the model check broke:\n${output}`);
      return verdict(start, how !== undefined, how ?? 'the model check saw nothing');
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

function verdict(start: number, caught: boolean, how: string): Verdict {
  return { caught, how, seconds: (Date.now() - start) / 1_000 };
}

interface Ended {
  readonly code: number;
  readonly output: string;
}

/** Runs a command of the project's, or a path, in the folder. */
function exec(folder: string, command: string, args: readonly string[], variables = {}): Promise<Ended> {
  const path = command.includes('/') ? command : join(ROOT, 'node_modules', '.bin', command);
  return new Promise((resolve) => {
    execFile(
      path,
      args,
      { cwd: folder, env: { ...process.env, ...variables }, maxBuffer: 64 * 1024 * 1024 },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
        resolve({ code, output: `${stdout}${stderr}` });
      },
    );
  });
}
