import { ApplicationFailure, setCurrentDetails } from '@temporalio/workflow';
import { renderPlanDetails } from '../rollout/details.js';
import { asText } from '../rollout/markdown.js';
import { fitsPayload, type PackedPlan, packPlan } from '../rollout/pack-plan.js';
import { discoverRegions } from './discover.js';
import { EvidenceBook, readForPlan } from './evidence.js';
import { planGate } from './key-watch.js';
import { remember } from './memo.js';
import { acceptBounds, acceptSpec, askWorker, makePlan } from './prepare.js';

/**
 * Makes the plan of a rollout with the credentials of a worker, and changes nothing.
 *
 * @param input - a rollout spec as JSON
 * @param wanted - the bounds that the rollout would be started with
 * @returns the plan, packed: `RolloutClient.plan` unpacks it
 * @throws ApplicationFailure of type `InvalidRolloutSpec` or `PlanFailed`
 */
export async function imdsPlan(input: unknown, wanted?: unknown): Promise<PackedPlan> {
  const spec = acceptSpec(input);
  const bounds = acceptBounds(wanted, spec);
  remember({ spec: spec.name });
  setCurrentDetails(`Plans rollout ${asText(spec.name)}. Nothing is changed by it.`);
  await askWorker(spec);
  const { include, exclude } = spec.targets;
  const gate = planGate();
  const fleet = await discoverRegions(spec, { include, exclude }, gate);
  const evidence = new EvidenceBook(spec);
  await readForPlan(evidence, spec, fleet, bounds, gate);
  const plan = makePlan(spec, fleet, bounds, evidence.readings);
  const packed = packPlan(plan);
  remember({ spec: spec.name, planHash: plan.hash });
  setCurrentDetails(renderPlanDetails(plan));
  if (fitsPayload(packed)) return packed;
  throw ApplicationFailure.nonRetryable(
    'The plan is larger than a workflow may return. Make it where the credentials are (plan without --remote), or split the spec by region or by tag.',
    'PlanFailed',
  );
}
