import { BudgetWatch } from '../../src/rollout/budget-watch.js';
import type { Ledger } from '../../src/rollout/ledger.js';
import { type OperatorMessage, refusal } from '../../src/rollout/operator.js';
import { carryOut, concerns, type RevertOrder } from '../../src/rollout/revert.js';
import type { RolloutSpec } from '../../src/rollout/spec.js';
import { RunState } from '../../src/workflows/run-state.js';
import { planWith } from '../rollout/builders.js';
import type { Message } from './scenario.js';

/** The state of a real rollout, with its messages and findings entered as the workflow enters them. */
export class RolloutDesk {
  readonly state = new RunState(() => undefined);
  readonly ledger: Ledger;
  readonly budget: BudgetWatch;

  constructor(sizes: Readonly<Record<string, number>>, spec: RolloutSpec) {
    this.ledger = this.state.begin(planWith(sizes), spec);
    this.budget = new BudgetWatch(spec.failure, this.ledger);
  }

  /** @returns why it is refused */
  say(message: Message): string | undefined {
    const { state } = this;
    if (message.name === 'cancel') {
      state.abort({ by: 'Temporal cancellation' });
      return undefined;
    }
    const why = refusal(asked(message), state.operatorState());
    if (why !== undefined) return why;
    switch (message.name) {
      case 'pause':
        state.pause({ by: 'ann' });
        break;
      case 'resume':
        state.paused = undefined;
        break;
      case 'approve':
      case 'skipBake':
        state.letPass();
        break;
      case 'reject':
        state.halt({ reason: 'rejected', restore: false });
        break;
      case 'abort':
        state.abort(message.input);
        break;
      default:
        break;
    }
    return undefined;
  }

  /** An order to a target of a batch that has closed. */
  order(order: RevertOrder): boolean {
    const result = this.ledger.resultOf(order.arn);
    if (result === undefined || !concerns(order, result)) return false;
    const { outcome, detail } = carryOut(order, result);
    this.ledger.amend(order.arn, { outcome, ...(detail !== undefined && { detail }) });
    return true;
  }
}

function asked({ name, input }: Message): OperatorMessage {
  if (name === 'abort') return { kind: 'abort', mode: input.mode };
  if (name === 'revert') return { kind: 'revert' };
  if (name === 'approve' || name === 'reject') return { kind: name };
  return { kind: name === 'cancel' ? 'pause' : name };
}
