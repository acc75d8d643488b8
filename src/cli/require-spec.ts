import { CliError } from './errors.js';
import { describeLocatedProblems } from './render/spec.js';
import { type FurtherCheck, readSpecFile, type SpecFile } from './spec-file.js';

/** Reads a spec that a command can't do without. @throws CliError `BadInput` with every problem */
export async function requireSpec(path: string, further?: FurtherCheck): Promise<Extract<SpecFile, { ok: true }>> {
  const file = await readSpecFile(path, further);
  if (file.ok) return file;
  const problems = describeLocatedProblems(path === '-' ? '(stdin)' : path, file.problems);
  throw new CliError('BadInput', `The spec is refused, and nothing was started:\n${problems}`);
}
