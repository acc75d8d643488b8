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

/**
 * Reads and checks a spec in YAML or JSON.
 *
 * @param path `-` is standard input
 * @throws CliError `BadInput` where it can't be read at all
 */
export async function readSpecFile(path: string): Promise<SpecFile> {
  const source = await readSource(path);
  if (Buffer.byteLength(source) > MAX_BYTES) {
    throw new CliError('BadInput', `${path} is larger than ${MAX_BYTES} bytes: that is no rollout spec.`);
  }
  return checkSpecText(source);
}

/** Checks the text of a spec in YAML or JSON. */
export function checkSpecText(source: string): SpecFile {
  const read = readYaml(source);
  return read.ok ? check(read) : read;
}

function check({ value: input, place }: Extract<YamlSource, { ok: true }>): SpecFile {
  const result = parseSpec(input, new Date().toISOString().slice(0, 10));
  if (result.ok && isSpecInput(input, result)) return { ok: true, spec: result.spec, input };
  return { ok: false, problems: place(result.ok ? [] : result.problems) };
}

/** What the check has accepted is an input as people write it. */
function isSpecInput(_input: unknown, { ok }: SpecCheck): _input is RolloutSpecInput {
  return ok;
}
