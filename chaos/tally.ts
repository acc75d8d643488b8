import { type Evidence, UPDATE } from './evidence.js';
import type { Script } from './script/index.js';

export interface RunEnd {
  readonly seed: number;
  readonly script: Script;
  /** What must not be, each in a sentence. */
  readonly violations: readonly string[];
  /** What happened, for whoever looks for the cause of a violation. */
  readonly story: readonly string[];
  readonly seconds: number;
}

/** What a campaign has seen. */
export class Tally {
  runs = 0;
  readonly failed: RunEnd[] = [];
  workerKills = 0;
  serverKills = 0;
  instances = 0;
  updates = 0;
  histories = 0;
  events = 0;
  rollbacks = 0;
  rivals = 0;
  /** How rollouts have ended, and how often. */
  readonly ends = new Map<string, number>();
  readonly actions = new Map<string, number>();

  add(end: RunEnd): void {
    this.runs += 1;
    if (end.violations.length > 0) this.failed.push(end);
  }

  see({ before, calls, workflows, runs, script }: Evidence): void {
    this.instances += before.length;
    this.updates += calls.filter(({ operation }) => operation === UPDATE).length;
    this.histories += workflows.length;
    this.events += workflows.reduce((sum, { events }) => sum + events, 0);
    for (const { kind, outcome } of runs) {
      if (kind === 'rollback') this.rollbacks += 1;
      if (kind === 'rival') this.rivals += 1;
      if (kind === 'rollout') count(this.ends, outcome.status === 'completed' ? 'completed' : outcome.type);
    }
    for (const { do: what } of script.actions) count(this.actions, what);
  }
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
