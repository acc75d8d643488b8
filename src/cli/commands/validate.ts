import type { Command } from 'commander';
import { EXIT, type SetExitCode } from '../exit-codes.js';
import { addJsonFlag, exampleText, type JsonFlag } from '../flags.js';
import type { ValidateJson } from '../json/spec.js';
import { createOutput } from '../output.js';
import { renderProblems, renderSpec } from '../render/spec.js';
import { describeSpec } from '../spec-json.js';

const JSON_SHAPE = `{ "valid": true, "name", "options", "regions", "stages": [{ "name", "size", "bakeMs", "concurrency" }], "warnings" }
{ "valid": false, "problems": [{ "path", "message", "line", "column" }] }`;

export function addValidate(program: Command, setExitCode: SetExitCode): void {
  const command = program
    .command('validate')
    .summary('check a spec')
    .description('check a spec: every problem with its place and its remedy; reaches neither AWS nor Temporal')
    .argument('<spec>', 'YAML or JSON file; - for standard input');
  addJsonFlag(command)
    .addHelpText('after', exampleText(['imds-rollout validate rollout.yaml'], JSON_SHAPE))
    .action(async (path: string, flags: JsonFlag) => {
      const output = createOutput(flags);
      // --help loads no schemas.
      const [{ readSpecFile }, { warningsOfSpec }, { renderWarnings }] = await Promise.all([
        import('../spec-file.js'),
        import('../../rollout/spec-warnings.js'),
        import('../render/plan.js'),
      ]);
      const file = await readSpecFile(path);
      if (file.ok) {
        const json: ValidateJson = { valid: true, ...describeSpec(file.spec), warnings: warningsOfSpec(file.spec) };
        output.result(json);
        if (!output.json) output.print(...renderSpec(output, file.spec), ...renderWarnings(output, json.warnings));
        return;
      }
      const json: ValidateJson = { valid: false, problems: file.problems };
      output.result(json);
      if (!output.json) output.print(...renderProblems(output, path, file.problems));
      setExitCode(EXIT.badInput);
    });
}
