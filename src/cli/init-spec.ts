import { stat } from 'node:fs/promises';
import { text as ask, isCancel } from '@clack/prompts';
import { cleanLine } from '../rollout/clean.js';
import { describeProblems } from '../rollout/spec.js';
import type { InitFlags } from './commands/init.js';
import { parseRegions } from './commands/reach-flags.js';
import { findEditorSchema } from './editor-schema.js';
import { CliError, InterruptedError, reasonOf } from './errors.js';
import type { InitJson } from './json/spec.js';
import { createOutput, type Output } from './output.js';
import { renderIntent } from './render/spec.js';
import { renderSpecTemplate, type SpecWish } from './render/spec-template.js';
import { replaceFile, writeNewFile } from './replace-file.js';
import { checkSpecText, readSpecFile, type SpecFile } from './spec-file.js';

/**
 * Writes a spec to begin with.
 *
 * @param path `-` is standard output
 * @throws CliError `BadInput` where a file is there already, or can't be written; InterruptedError after Ctrl-C
 */
export async function initSpec(path: string, flags: InitFlags): Promise<void> {
  const output = createOutput(flags);
  const isFile = path !== '-';
  if (isFile) await requireFree(path, flags);
  const isAsking = isFile && output.canAsk;
  const seen = flags.regions === undefined && (flags.look ?? isAsking) ? await look(output) : undefined;
  const wish = isAsking ? await askFor(output, flags, seen) : wishOf(flags, seen);
  const schema = await findEditorSchema(isFile ? path : 'rollout.yaml');
  const text = renderSpecTemplate(wish, schema.path);
  const checked = requireValid(checkSpecText(text));
  if (!isFile) {
    const json: InitJson = { path: null, spec: checked.input };
    output.result(json);
    if (!output.json) process.stdout.write(text);
    return;
  }
  await (flags.force ? replaceFile(path, text) : writeNewFile(path, text));
  const { spec, input } = requireValid(await readSpecFile(path));
  const json: InitJson = { path, spec: input };
  output.result(json);
  const name = cleanLine(path);
  output.print(`${output.paint.green('✔')} ${name}`, ...renderIntent(output.width, spec), '');
  if (!schema.isThere) {
    output.print(
      'An editor completes and checks its fields once the package is here:',
      '  npm install lightsail-imds-rollout',
    );
  }
  output.print('To see what it would change:', `  imds-rollout plan ${name}`);
}

async function requireFree(path: string, { force }: InitFlags): Promise<void> {
  const cleanPath = cleanLine(path);
  if (/\.json$/i.test(path)) {
    throw new CliError('BadInput', `${cleanPath}: a spec with comments is YAML, so give a name that ends in .yaml.`);
  }
  if (force) return;
  const isThere = await stat(path).then(
    () => true,
    () => false,
  );
  if (!isThere) return;
  throw new CliError(
    'BadInput',
    `${cleanPath} is there already, so it was left as it is: give another name, or --force to replace it.`,
  );
}

/** @returns the regions with instances, where that can be known */
async function look(output: Output): Promise<readonly string[] | undefined> {
  const { lookAround } = await import('./look-around.js');
  const { regions, said } = await lookAround();
  output.note(said);
  return regions;
}

/** Without a question. */
function wishOf({ name, regions, httpTokens, hopLimit }: InitFlags, seen: readonly string[] | undefined): SpecWish {
  const { AWS_REGION, AWS_DEFAULT_REGION } = process.env;
  const own = AWS_REGION || AWS_DEFAULT_REGION;
  return {
    name: name ?? (httpTokens === 'required' ? 'require-imdsv2' : 'metadata-options'),
    regions: regions ?? seen ?? (own ? [own] : 'all'),
    options: { httpTokens, ...(hopLimit !== undefined && { httpPutResponseHopLimit: hopLimit }) },
  };
}

/** Asks for what no flag says, with what would be written without a question as the answer. */
async function askFor(output: Output, flags: InitFlags, seen: readonly string[] | undefined): Promise<SpecWish> {
  const usual = wishOf(flags, seen);
  const name =
    flags.name ??
    (await answer(output, 'Name of the rollout', usual.name, (text) => whyNoName({ ...usual, name: text })));
  const usualRegions = usual.regions === 'all' ? 'all' : usual.regions.join(',');
  const regions =
    flags.regions ??
    parseRegions(await answer(output, 'Regions, such as us-east-1,eu-west-1, or all', usualRegions, whyNoRegions));
  return { ...usual, name, regions };
}

async function answer(
  output: Output,
  message: string,
  usual: string,
  why: (text: string) => string | undefined,
): Promise<string> {
  const given = await ask({
    message,
    placeholder: usual,
    defaultValue: usual,
    validate: (text) => (text ? why(text) : undefined),
    output: output.stream,
  });
  if (isCancel(given)) throw new InterruptedError('SIGINT', 'Nothing was written.');
  return given;
}

function whyNoName(wish: SpecWish): string | undefined {
  const check = checkSpecText(renderSpecTemplate(wish, ''));
  return check.ok ? undefined : check.problems.find(({ path }) => path === 'name')?.message;
}

function whyNoRegions(text: string): string | undefined {
  try {
    parseRegions(text);
    return undefined;
  } catch (error) {
    return reasonOf(error);
  }
}

/** @throws CliError `BadInput` where a flag or AWS_REGION says what no spec may */
function requireValid(file: SpecFile): Extract<SpecFile, { ok: true }> {
  if (file.ok) return file;
  const problems = describeProblems(file.problems).replaceAll(/^/gm, '  ');
  throw new CliError(
    'BadInput',
    `Such a spec would be refused:\n${problems}\nChange the flag, or AWS_REGION, that says so.`,
  );
}
