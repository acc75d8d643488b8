import type { Problem } from '../rollout/problem.js';
import { parseSpec, type RolloutSpec, type RolloutSpecInput, type SpecCheck } from '../rollout/spec.js';
import { CliError } from './errors.js';
import { readSource } from './source.js';
import { type LocatedProblem, readYaml, type YamlSource } from './yaml-source.js';

export type SpecFile =
  | {
      readonly ok: true;
      readonly spec: RolloutSpec;
      /** As it was written: the argument of the workflow. */
      readonly input: RolloutSpecInput;
    }
  | { readonly ok: false; readonly problems: readonly LocatedProblem[] };

/** Well below the 2 MB that Temporal takes as a workflow's argument. */
const MAX_BYTES = 1_000_000;

/** What a command asks of a spec beyond its being one. */
export type FurtherCheck = (spec: RolloutSpec) => readonly Problem[];

/**
 * Reads and checks a spec in YAML or JSON.
 *
 * @param path `-` is standard input
 * @throws CliError `BadInput` where it can't be read at all
 */
export async function readSpecFile(path: string, further?: FurtherCheck): Promise<SpecFile> {
  const source = await readSource(path);
  if (Buffer.byteLength(source) > MAX_BYTES) {
    throw new CliError('BadInput', `${path} is larger than ${MAX_BYTES} bytes: that is no rollout spec.`);
  }
  return checkSpecText(source, further);
}

/** Checks the text of a spec in YAML or JSON. */
export function checkSpecText(source: string, further: FurtherCheck = () => []): SpecFile {
  const read = readYaml(source);
  return read.ok ? check(read, further) : read;
}

function check({ value: input, place }: Extract<YamlSource, { ok: true }>, further: FurtherCheck): SpecFile {
  const result = parseSpec(input, new Date().toISOString().slice(0, 10));
  const problems = result.ok ? further(result.spec) : result.problems;
  if (result.ok && problems.length === 0 && isSpecInput(input, result)) return { ok: true, spec: result.spec, input };
  return { ok: false, problems: place(problems) };
}

/** What the check has accepted is an input as people write it. */
function isSpecInput(_input: unknown, { ok }: SpecCheck): _input is RolloutSpecInput {
  return ok;
}
