import type { Command } from './sandbox.js';

/** Commands that Temporal Cloud bills as actions, and how many each is; what activities and messages from outside cost comes on top. */
const ACTIONS = {
  scheduleActivity: 1,
  startTimer: 1,
  signalExternalWorkflowExecution: 1,
  startChildWorkflowExecution: 2,
  modifyWorkflowProperties: 1,
  upsertWorkflowSearchAttributes: 1,
} as const satisfies Partial<Record<keyof Command, number>>;

export type ActionKind = keyof typeof ACTIONS;

const KINDS = Object.keys(ACTIONS) as ActionKind[];

/** Actions so far, by kind. */
export class Actions {
  readonly #counts = new Map<ActionKind, number>();

  take(command: Command): void {
    for (const kind of KINDS) if (command[kind]) this.#counts.set(kind, this.of(kind) + ACTIONS[kind]);
  }

  of(kind: ActionKind): number {
    return this.#counts.get(kind) ?? 0;
  }

  get total(): number {
    return KINDS.reduce((sum, kind) => sum + this.of(kind), 0);
  }
}
