import type { RolloutOutcome } from '../../client/index.js';
import { planRollout } from '../../rollout/planner.js';
import { parseSpec, type RolloutSpecInput } from '../../rollout/spec.js';
import { InterruptedError } from '../errors.js';
import type { FoundRollout } from '../find-rollout.js';
import type { Output } from '../output.js';
import { readReach } from '../read-fleet.js';
import { renderOutcome } from '../render/outcome.js';
import type { Interruption } from '../signals.js';
import { createView } from '../views.js';
import { createFacts } from '../watch/facts.js';
import { createSteering } from '../watch/steering.js';
import { watchRollout } from '../watch-rollout.js';
import { compareReadings, type DemoFindings } from './compare.js';
import { delicateInstance, raiseHopLimit, requireTokens } from './scenario.js';
import type { DemoStack } from './stack.js';

/** One rollout of the demo, and whether it ended as it should. */
interface DemoRollout {
  readonly workflowId: string;
  readonly expected: string;
  /** `completed`, or the type of the failure. */
  readonly ended: string;
}

export interface DemoRun {
  readonly rollouts: readonly DemoRollout[];
  readonly findings: DemoFindings;
}

/** Two rollouts over the same fleet: one that completes, and one that fails on one instance and goes back. */
export async function runDemo(stack: DemoStack, output: Output, interruption: Interruption): Promise<DemoRun> {
  const { simulator, suffix } = stack;
  const { paint, print } = output;
  const { state } = simulator;
  const before = state.instances();

  print('', paint.bold('1. Require IMDSv2 on the whole fleet: a canary, 10 %, the rest'), '');
  const first = await rollOut(stack, requireTokens(suffix), output, interruption);
  const between = state.instances();

  const delicate = await chooseLateTarget(stack, raiseHopLimit(suffix));
  state.addFault(delicateInstance(delicate.region, delicate.name));
  state.clearCalls();
  print(
    '',
    paint.bold(`2. Raise the hop limit to 2, which makes ${delicate.region}/${delicate.name} fail its health checks`),
    '',
  );
  const second = await rollOut(stack, raiseHopLimit(suffix), output, interruption);
  const findings = compareReadings({ before, between, after: state.instances(), calls: state.calls() });

  return {
    rollouts: [
      { ...first, expected: 'completed' },
      { ...second, expected: 'RolloutRolledBack' },
    ],
    findings,
  };
}

async function rollOut(
  stack: DemoStack,
  spec: RolloutSpecInput,
  output: Output,
  interruption: Interruption,
): Promise<Omit<DemoRollout, 'expected'>> {
  const { session, taskQueue } = stack;
  const { signal } = interruption;
  if (signal.aborted) throw stopped(interruption);
  const handle = await session.rollouts.start(spec, { taskQueue });
  const { workflowId, runId = '' } = handle;
  const rollout: FoundRollout = { handle, workflowId, runId, taskQueue, isOpen: true, kind: 'rollout' };
  const view = await createView(output, {
    kind: rollout.kind,
    footer: [`  ${describePlace(stack, workflowId)}`],
    goesOn: false,
    facts: createFacts(session, rollout),
    steering: createSteering(session, rollout, interruption),
  });
  if (!output.isTerminal) output.print(describePlace(stack, workflowId));
  const end = await watchRollout(session, rollout, view, { signal, isTerminal: output.isTerminal });
  if (end.kind !== 'ended') throw stopped(interruption);
  output.print('', ...renderOutcome(output, end.outcome));
  return { workflowId, ended: nameOf(end.outcome) };
}

function describePlace({ uiUrl, session }: DemoStack, workflowId: string): string {
  if (uiUrl === undefined) return `Temporal workflow ${workflowId}`;
  return `${uiUrl}/namespaces/${session.namespace}/workflows/${workflowId}`;
}

function nameOf(outcome: RolloutOutcome): string {
  return outcome.status === 'completed' ? outcome.result.ended : outcome.type;
}

function stopped({ received }: Interruption): InterruptedError {
  return new InterruptedError(received ?? 'SIGINT', 'Demo stopped; its server and worker are gone.');
}

/** Targets of the last stage that have their turn before the one that fails. */
const EARLIER_IN_STAGE = 4;

/** A target whose turn comes when a good part of the fleet has been changed, so that there is something to take back. */
async function chooseLateTarget(stack: DemoStack, input: RolloutSpecInput): Promise<{ region: string; name: string }> {
  const check = parseSpec(input, new Date().toISOString().slice(0, 10));
  if (!check.ok) throw new Error(`The demo's own spec is refused: ${JSON.stringify(check.problems)}`);
  const { instances } = await readReach(stack.lightsail, check.spec.targets, {});
  const planning = planRollout(check.spec, instances);
  const last = planning.ok ? (planning.plan.stages.at(-1)?.targets ?? []) : [];
  const chosen = last[EARLIER_IN_STAGE];
  if (chosen === undefined) throw new Error("The demo's second plan has no last stage.");
  const [, , , region = ''] = chosen.arn.split(':');
  return { region, name: chosen.name };
}
