import type { ApplyInput, RestoreInput } from '../../src/activities/index.js';
import { nextApplyStep } from '../../src/rollout/apply.js';
import type { ChangeRecord, Reading, Step } from '../../src/rollout/change.js';
import { TARGET_FAILED } from '../../src/rollout/outcome.js';
import { nextRestoreStep } from '../../src/rollout/restore.js';
import type { ActivityTask } from './execution.js';
import type { Tape } from './tape.js';
import type { End } from './temporal-protocol.js';
import { FOREIGN_HOPS, type TinyFleet } from './tiny-fleet.js';
import type { TinyTemporal } from './tiny-temporal.js';

const HELD = { how: 'completed', value: { held: true } } as const;

interface Surroundings {
  readonly temporal: TinyTemporal;
  readonly fleet: TinyFleet;
  readonly tape: Tape;
}

/** One change of one target, turn by turn, with the real decisions and whatever may go wrong around them. */
export class ChangeSession {
  readonly arn: string;
  #record: ChangeRecord;
  #turns = 0;

  constructor(
    private readonly task: ActivityTask,
    private readonly by: 'apply' | 'restore',
    private readonly input: ApplyInput & Partial<RestoreInput>,
    private readonly around: Surroundings,
  ) {
    this.arn = input.target.arn;
    this.#record = { wrote: input.followOnly === true, errors: 0 };
  }

  get wrote(): boolean {
    return this.#record.wrote;
  }

  /** @returns how it ends, once it does */
  turn(): End | undefined {
    const { task, input, around } = this;
    this.#turns += 1;
    if (task.cancelRequested && (!this.wrote || around.tape.chance(10))) {
      // In back-off a cancellation is reported at once, whatever an attempt has done before.
      return around.tape.pick<End>([50, this.wrote ? { how: 'cancelled' } : HELD], [50, { how: 'cancelled' }]);
    }
    const wrong = around.tape.pick([90, 'nothing'], [5, 'error'], [2, 'timeout'], [3, 'meddle']);
    if (wrong === 'error') return this.#fail();
    if (wrong === 'timeout') return { how: 'failed', type: 'TimeoutFailure', message: 'the worker was lost for good' };
    if (wrong === 'meddle') this.#meddle();
    const step = this.#decide();
    if (step.do === 'end') return { how: 'completed', value: step.end };
    if (step.do === 'wait') return undefined;
    const isPast = input.notAfter !== undefined && around.temporal.now >= input.notAfter;
    if (input.followOnly || isPast) return HELD;
    const isLost = around.tape.chance(10);
    around.fleet.write({ arn: this.arn, by: this.by, batch: task.execution.workflowId }, step.send, isLost);
    this.#record = { wrote: true, errors: 0, ...(around.tape.pick([80, true], [20, false]) && { accepted: true }) };
    return undefined;
  }

  #decide(): Step<object> {
    const { target, settings, keepTokens = false } = this.input;
    const reading: Reading = {
      instance: this.around.fleet.get(this.arn),
      waited: this.#turns > 6 ? settings.timeout : 0,
      steady: this.#turns > 2 ? settings.timeout : 0,
    };
    const step =
      this.by === 'apply'
        ? nextApplyStep(target, this.#record, reading, settings)
        : nextRestoreStep(target, this.#record, reading, settings, keepTokens);
    return step.do === 'end' && this.by === 'apply' ? { do: 'end', end: { ...step.end, wrote: this.wrote } } : step;
  }

  #fail(): End {
    const details = { wrote: this.wrote, detail: 'AccessDeniedException: no' };
    return { how: 'failed', type: TARGET_FAILED, message: details.detail, details };
  }

  #meddle(): void {
    const { fleet, tape } = this.around;
    const { before } = this.input.target;
    const what = tape.pick<'other' | 'back' | 'gone'>([1, 'other'], [1, 'back'], [1, 'gone']);
    if (what === 'gone') fleet.remove(this.arn);
    else fleet.meddle(this.arn, what === 'back' ? before : { ...before, httpPutResponseHopLimit: FOREIGN_HOPS });
  }
}
