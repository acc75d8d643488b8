import { describe, it } from 'vitest';
import { ANSWERS, createOutage, OUTAGE_SECONDS, planDuring, SITUATIONS, THROWN } from '../support/key-outage.js';

const KINDS = [...ANSWERS, ...THROWN];

describe.concurrent("where the caller's keys are refused, a run waits, charges nobody, and completes", () => {
  // Each kind in two of the situations: what tells them apart has its own table (test/lightsail). All of them where they are to last.
  const cases = KINDS.flatMap((kind, n) =>
    SITUATIONS.filter((_, m) => OUTAGE_SECONDS > 0 || (n + m) % 2 === 0).map(
      (situation) => [situation.when, kind.name, situation, kind] as const,
    ),
  );
  it.for(cases)('%s: %s', async ([, , { run, options }, kind], { onTestFinished }) => {
    await run(await createOutage(kind, onTestFinished, options));
  });
});

describe.concurrent('while a rollout plans', () => {
  it.for(KINDS.map((kind) => [kind.name, kind] as const))(
    '%s: keys that have lapsed are waited for, and unknown ones end it at once',
    ([, kind], { onTestFinished }) => planDuring(kind, onTestFinished),
  );
});
