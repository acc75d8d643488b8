import { Command, Option } from 'commander';
import { prepareMutant, type Verdict } from './mutant.js';
import { MUTATIONS, type Mutation } from './mutations.js';

interface Flags {
  readonly runs: string;
  readonly seed?: string;
  readonly only?: string;
  readonly by?: Mutation['by'];
}

await new Command('chaos:mutants')
  .description('puts defects into the product, one at a time, and tells which check has caught each')
  .option('--runs <n>', 'the most runs of the campaign for each', '150')
  .option('--seed <n>', 'of the first run (default: shortly before the one that caught it before)')
  .option('--only <text>', 'only mutations whose name holds this')
  .addOption(new Option('--by <check>', 'only those for this check').choices(['campaign', 'model']))
  .action(check)
  .parseAsync();

async function check({ only = '', by, runs, seed }: Flags): Promise<void> {
  let survivors = 0;
  for (const mutation of MUTATIONS.filter((each) => each.name.includes(only) && each.by === (by ?? each.by))) {
    const mutant = await prepareMutant(mutation);
    const verdict = await (mutation.by === 'model'
      ? mutant.checkModel()
      : mutant.runCampaign({ runs, seed: seed ?? String(mutation.seed ?? 1) }));
    await mutant.remove();
    if (!verdict.caught) survivors += 1;
    process.stdout.write(`${row(mutation, verdict)}\n`);
  }
  process.stdout.write(survivors === 0 ? '\n✔ every mutation was caught\n' : `\n✘ ${survivors} survived\n`);
  process.exitCode = survivors === 0 ? 0 : 1;
}

function row({ name, file, by }: Mutation, { caught, how, seconds }: Verdict): string {
  return `${caught ? '✔ caught  ' : '✘ SURVIVED'}  ${name} (${file})\n            by the ${by}, after ${seconds.toFixed(0)} s: ${how}`;
}
