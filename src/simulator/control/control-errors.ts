import { type Problem, renderProblems } from '../scenario/problems.js';
import type { InstanceRef } from '../world/instance.js';

/** Input to the control interface, or to {@link SimulatorState}, that is not valid. The message lists every problem. */
export class InvalidControlInputError extends Error {
  override readonly name = 'InvalidControlInputError';
  readonly type = 'InvalidControlInput';

  constructor(readonly problems: readonly Problem[]) {
    super(`The input to the simulator is not valid:\n${renderProblems(problems)}`);
  }
}

/** There is no such instance to change or delete. */
export class UnknownInstanceError extends Error {
  override readonly name = 'UnknownInstanceError';
  readonly type = 'UnknownInstance';

  constructor({ account, region, name }: InstanceRef) {
    super(`There is no instance ${name} in account ${account}, region ${region}. GET /_sim/instances lists them all.`);
  }
}
