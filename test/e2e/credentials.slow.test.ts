import { describe, it } from 'vitest';
import { ANSWERS, createOutage, planDuring, SITUATIONS, THROWN } from '../support/key-outage.js';

describe.concurrent("where the caller's keys are refused, a run waits, charges nobody, and completes", () => {
  const cases = SITUATIONS.flatMap((situation) =>
    [...ANSWERS, ...THROWN].map((kind) => [situation.when, kind.name, situation, kind] as const),
  );
  it.for(cases)('%s: %s', async ([, , { run, options }, kind], { onTestFinished }) => {
    await run(await createOutage(kind, onTestFinished, options));
  });
});

describe.concurrent('while a rollout plans', () => {
  it.for([...ANSWERS, ...THROWN].map((kind) => [kind.name, kind] as const))(
    '%s: keys that have lapsed are waited for, and unknown ones end it at once',
    ([, kind], { onTestFinished }) => planDuring(kind, onTestFinished),
  );
});
