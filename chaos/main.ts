import { writeFile } from 'node:fs/promises';
import { Command, InvalidArgumentError } from 'commander';
import { runCampaign } from './campaign.js';
import type { RunEnd, Tally } from './tally.js';

interface Flags {
  readonly runs: number;
  readonly seed?: number;
  readonly lanes?: number;
  readonly shrink?: true;
  readonly bail?: true;
  readonly output?: string;
}

const command = new Command('chaos')
  .description('plays rollouts under every fault at once, and judges them from outside')
  .option('--runs <n>', 'how many runs', wholeNumber, 100)
  .option('--seed <n>', 'of the first run; each next one has the next seed (default: by the clock)', wholeNumber)
  .option('--lanes <n>', 'runs at the same time (default: four for each core)', wholeNumber)
  .option('--shrink', 'look for a smaller script that fails too, for up to ten minutes a run')
  .option('--bail', 'stop at the first run that fails')
  .option('--output <file>', 'write the figures there, as JSON')
  .action(run);

// The server that it has started ends with the process, where that ends in order.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

await command.parseAsync();

async function run({ seed = Math.floor(Date.now() / 1_000) % 1_000_000_000, output, ...flags }: Flags): Promise<void> {
  const start = Date.now();
  print(`${flags.runs} runs from seed ${seed}`);
  const tally = await runCampaign({ ...flags, seed, onRun: (end, so) => show(end, so, flags.runs) });
  const minutes = (Date.now() - start) / 60_000;
  print(summarize(tally, minutes));
  if (output !== undefined) {
    const { failed, ends, actions, ...counts } = tally;
    const figures = {
      ...counts,
      seed,
      minutes,
      failed,
      ends: Object.fromEntries(ends),
      actions: Object.fromEntries(actions),
    };
    await writeFile(output, `${JSON.stringify(figures, null, 2)}\n`);
  }
  process.exitCode = tally.failed.length > 0 ? 1 : 0;
}

function show({ seed, violations, story, script, seconds }: RunEnd, { runs, failed }: Tally, all: number): void {
  if (violations.length > 0) {
    print(`\n✘ seed ${seed}, after ${seconds.toFixed(0)} s:`);
    for (const violation of violations) print(`  ${violation}`);
    for (const line of story) print(`    ${line}`);
    print(`  script: ${JSON.stringify(script)}`);
    print(`  again: npm run chaos -- --runs 1 --seed ${seed}   (smaller: --shrink)\n`);
  }
  if (runs % 25 === 0 || runs === all) print(`${runs} of ${all} runs, ${failed.length} with a violation`);
}

function summarize(tally: Tally, minutes: number): string {
  const list = (counts: ReadonlyMap<string, number>) =>
    [...counts]
      .toSorted(([, a], [, b]) => b - a)
      .map(([what, count]) => `${what} ${count}`)
      .join(', ');
  return [
    '',
    `${tally.failed.length === 0 ? '✔' : '✘'} ${tally.runs} runs in ${minutes.toFixed(1)} minutes, ${tally.failed.length} with a violation`,
    `  ends: ${list(tally.ends)}`,
    `  actions: ${list(tally.actions)}`,
    `  workers killed ${tally.workerKills}, server killed and restarted ${tally.serverKills}`,
    `  rollbacks ${tally.rollbacks}, rival rollouts ${tally.rivals}`,
    `  instances ${tally.instances}, Updates ${tally.updates}, histories ${tally.histories} of ${tally.events} events`,
    ...(tally.failed.length === 0 ? [] : [`  failed seeds: ${tally.failed.map(({ seed }) => seed).join(' ')}`]),
  ].join('\n');
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It must be a whole number of at most 9 digits.');
  return Number(text);
}
