import { once } from 'node:events';
import type { DemoFlags } from './commands/demo.js';
import { type DemoRun, runDemo } from './demo/run.js';
import { type DemoStack, openDemoStack } from './demo/stack.js';
import { EXIT } from './exit-codes.js';
import type { DemoJson } from './json/local.js';
import type { Output } from './output.js';
import { wrap } from './render/columns.js';
import { renderFindings } from './render/demo.js';
import { type Interruption, listenForInterrupts, unlessInterrupted } from './signals.js';
import { installRuntime } from './worker-log.js';

/** Runs the demo from the first process to the last. @returns the exit code */
export async function showDemo(flags: DemoFlags, output: Output): Promise<number> {
  const interruption = listenForInterrupts();
  installRuntime('ERROR');
  const begun = Date.now();
  const { paint, width } = output;
  output.print(
    paint.bold('imds-rollout demo'),
    ...wrap(
      'A fleet of 40 simulated instances in three regions, all on this machine; no AWS account is touched.',
      width,
    ),
    '',
  );
  const stack = await unlessInterrupted(
    openDemoStack({ report: (line) => output.print(line) }),
    interruption,
    'Demo stopped.',
  );
  try {
    const run = await Promise.race([runDemo(stack, output, interruption), stack.broken]);
    const json = summarize(stack, run, Math.round((Date.now() - begun) / 1_000));
    output.print('', ...renderFindings(output, run.findings), '', verdict(output, json));
    output.result(json);
    if (flags.keep) await keep(stack, output, interruption);
    return json.ok ? EXIT.done : EXIT.unexpected;
  } finally {
    await stack.close();
    interruption.dispose();
  }
}

function summarize({ uiUrl }: DemoStack, { rollouts, findings }: DemoRun, seconds: number): DemoJson {
  const ok = findings.problems.length === 0 && rollouts.every(({ ended, expected }) => ended === expected);
  return { ok, seconds, ...(uiUrl !== undefined && { uiUrl }), rollouts, ...findings };
}

function verdict({ paint }: Output, { ok, seconds, rollouts }: DemoJson): string {
  if (ok) return `${paint.green('✔')} Both ended as they should, in ${seconds} s: one completed, one was taken back.`;
  const ends = rollouts.map(({ workflowId, ended, expected }) => `${workflowId} ended ${ended}, not ${expected}`);
  return `${paint.red('✘')} The demo did not end as it should: ${ends.join('; ')}.`;
}

async function keep({ uiUrl, session }: DemoStack, output: Output, { signal }: Interruption): Promise<void> {
  output.print(
    '',
    `The Temporal server, its UI and the worker stay up${uiUrl === undefined ? '' : `: ${uiUrl}`}`,
    `  imds-rollout status ID --address ${session.address}   (server for other commands)`,
    'Ctrl-C ends them.',
  );
  if (!signal.aborted) await once(signal, 'abort');
}
