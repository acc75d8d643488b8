// Runs an example as its README says, and holds what it prints against what is said there.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run, StepFailed } from './processes.mjs';

/** What was started with & ends at the end, as with Ctrl-C. */
const END_JOBS = 'trap \'for job in $(jobs -p); do kill "$job" || true; wait "$job" || true; done\' EXIT';

/**
 * @param {{ examples: string, name: string, env: Record<string, string | undefined> }} options
 * @throws {StepFailed}
 */
export async function runExample({ examples, name, env }) {
  const project = `examples/${name}`;
  const readme = await readFile(join(examples, name, 'README.md'), 'utf8');
  const commands = block(readme, 'sh');
  const expected = block(readme, 'text');
  const step = 'the commands of its README';
  const printed = await run('bash', ['-ec', `${END_JOBS}\n${commands}`], { project, step, cwd: examples, env });
  if (form(expected).test(printed)) return;
  throw new StepFailed(project, 'the output that its README promises', `promised:\n${expected}\nprinted:\n${printed}`);
}

function block(readme, language) {
  const found = readme.match(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``));
  if (found === null) throw new Error(`An example's README has no block of ${language}.`);
  return found[1];
}

/** `…` stands for anything in its line, and alone for any lines. */
function form(expected) {
  const lines = expected
    .trimEnd()
    .split('\n')
    .map((line) => {
      if (line === '…') return '(?:.*\\n)*?';
      return `${line
        .split('…')
        .map((text) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'))
        .join('.*')}\\n`;
    });
  return new RegExp(`^${lines.join('')}$`);
}
