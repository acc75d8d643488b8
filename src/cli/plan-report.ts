import { plannedReport, type Report } from '../history/report/index.js';
import { scopesOf } from '../rollout/scope.js';
import { readVersion } from '../version.js';
import { readPlanFile } from './plan-file.js';

/** A report of what a plan would change, from the file that `plan -o` has written. @throws CliError `BadInput`, `EditedFile` */
export async function readPlanReport(path: string): Promise<Report> {
  const { name, hash, bounds, settled, warnings, allowed, stages } = await readPlanFile(path);
  const plan = {
    hash,
    warnings,
    allowed: allowed.map(({ arn, name: called, detail }) => ({ arn, name: called, detail })),
    stages: stages.map(({ name: stage, bakeMs, concurrency, targets }) => ({
      name: stage,
      bake: bakeMs,
      concurrency,
      targets: targets.map(({ arn, name: called, before, desired, stopped }) => ({
        arn,
        name: called,
        before,
        desired,
        ...(stopped && { stopped }),
      })),
    })),
    settled: settled.map(({ arn, name: called, outcome, detail }) => ({
      arn,
      name: called,
      outcome,
      ...(detail !== undefined && { detail }),
    })),
  };
  const arns = [...settled, ...plan.stages.flatMap(({ targets }) => targets)].map(({ arn }) => arn);
  const { only, limit, until } = bounds;
  const report = plannedReport({
    plan,
    bounds: {
      ...(only !== undefined && { only }),
      ...(limit !== undefined && { limit }),
      ...(until !== undefined && { until }),
    },
    rollout: null,
    ended: 'planned',
    reason: null,
    versions: { report: readVersion(), worker: null, temporalSdk: null, temporalServer: null, workerBuilds: [] },
    spec: null,
    scopes: scopesOf(arns).map((scope) => ({
      ...scope,
      state: 'scanned',
      why: null,
      found: arns.filter((arn) => arn.includes(`:${scope.region}:${scope.account}:`)).length,
      caller: null,
    })),
    waivers: [],
    uses: new Map(),
  });
  const gaps = [
    'A plan file names the regions in which it has found instances, and not the ones where there were none.',
    'It holds neither the spec with its waivers nor the readings of evidence: what they have decided stands with each instance that is left alone.',
  ];
  return { ...report, gaps, headline: `${report.headline} (plan of ${name})` };
}
