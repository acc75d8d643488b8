import { DEFAULT_RESTORE_SETTINGS } from '../../src/rollout/rollback.js';
import type { RolloutStatus } from '../../src/rollout/status.js';
import { packUndoRecord } from '../../src/rollout/undo.js';
import { ModelActivities } from './activities.js';
import type { Execution } from './execution.js';
import { Judge } from './judge.js';
import type { Message, Scenario } from './scenario.js';
import { Tape } from './tape.js';
import { encode } from './temporal-protocol.js';
import { TinyFleet } from './tiny-fleet.js';
import { TinyTemporal } from './tiny-temporal.js';

/** So many steps end every run; one that takes more is stuck. */
const MAX_STEPS = 6_000;

type Move = () => Promise<void> | void;

/** Carries one rollout out, every step of it in the drawn order, and judges it from outside. */
export class ModelRun {
  readonly tape: Tape;
  readonly fleet: TinyFleet;
  readonly judge: Judge;
  readonly temporal: TinyTemporal;
  readonly activities: ModelActivities;
  steps = 0;

  constructor(private readonly scenario: Scenario) {
    this.tape = new Tape(scenario.tape);
    this.fleet = new TinyFleet(scenario.fleet);
    this.judge = new Judge(scenario, this.fleet);
    this.temporal = new TinyTemporal(this.judge);
    const { temporal, fleet, tape } = this;
    this.activities = new ModelActivities({ temporal, fleet, tape, hasJournal: scenario.hasJournal });
    this.judge.observe(temporal, this.activities);
  }

  /** @param rollbacks - so many of them follow, of what the rollout has left */
  async run(rollbacks = 0): Promise<void> {
    try {
      const root = await this.temporal.start('imdsRollout', 'model', [encode(this.scenario.spec)]);
      await this.#untilEnded(root, this.scenario.messages);
      this.judge.end(root, this.temporal.executions);
      for (let n = 1; n <= rollbacks && this.fleet.writes.length > 0; n++) await this.#rollBack(n);
    } finally {
      await this.temporal.dispose();
    }
  }

  async #rollBack(n: number): Promise<void> {
    const written = this.fleet.writes.length;
    const { spec } = this.scenario;
    const perScope = typeof spec.concurrency === 'object' ? spec.concurrency.perScope : undefined;
    const restore = {
      ...DEFAULT_RESTORE_SETTINGS,
      concurrency: { total: spec.rollback?.concurrency, ...(perScope !== undefined && { perScope }) },
    };
    this.activities.history = {
      lightsailImdsReadRollout: { workflowId: 'model', batches: [{}], gone: [], restored: [], name: 'model', restore },
      lightsailImdsReadBatch: [
        packUndoRecord({
          at: 0,
          stage: 'all',
          changed: this.judge.written,
          restored: [],
          confirmed: [...this.judge.readBack],
        }),
      ],
      lightsailImdsReadEarlierRollbacks: { batches: [] },
    };
    const input = encode({ rollouts: [{ workflowId: 'model' }] });
    const root = await this.temporal.start('imdsRollback', `model/rollback/${n}`, [input]);
    await this.#untilEnded(root, []);
    this.judge.endOfRollback(root, n > 1 ? written : undefined);
  }

  async #untilEnded(root: Execution, messages: Scenario['messages']): Promise<void> {
    await this.#go(root, messages);
    while (this.temporal.letters[0] !== undefined) this.temporal.deliver(this.temporal.letters[0]);
    for (const ready of this.temporal.ready) await this.temporal.runTask(ready);
  }

  async #go(root: Execution, messages: Scenario['messages']): Promise<void> {
    for (; root.end === undefined; this.steps++) {
      if (this.steps > MAX_STEPS) throw new Error(`stuck: not ended after ${MAX_STEPS} steps`);
      for (const [at, message] of messages) if (at === this.steps) await this.#say(root, message);
      const [first, ...others] = this.#moves();
      const batches = this.judge.batches.length;
      if (first !== undefined) await this.tape.pick(first, ...others)();
      else await this.#help(root);
      if (this.judge.batches.length > batches) this.judge.learnSizes((await this.status(root))?.stages ?? []);
    }
  }

  #moves(): (readonly [number, Move])[] {
    const { temporal, tape } = this;
    const firsts = temporal.letters.filter(
      (letter, index, all) => all.findIndex(({ from, to }) => from === letter.from && to === letter.to) === index,
    );
    const busy = temporal.tasks.filter((task) => !this.activities.isIdle(task));
    const idle = tape.isSpent ? [] : temporal.tasks.filter((task) => this.activities.isIdle(task));
    return [
      ...temporal.ready.map((execution) => [100, () => temporal.runTask(execution)] as const),
      ...firsts.map((letter) => [80, () => temporal.deliver(letter)] as const),
      ...busy.map((task) => [50, () => this.#turn(task)] as const),
      ...idle.map((task) => [10, () => this.#turn(task)] as const),
      ...(temporal.nextTimer !== undefined && !tape.isSpent ? [[10, () => temporal.fireTimers()] as const] : []),
      ...this.#blows(),
    ];
  }

  /** Seldom somebody ends a batch by hand, which nobody should. */
  #blows(): (readonly [number, Move])[] {
    const open = this.tape.isSpent
      ? []
      : this.temporal.executions.filter(({ end, type }) => end === undefined && type === 'imdsRolloutBatch');
    return open.flatMap((batch) => [
      [1, () => this.#blow(batch, 'terminate')] as const,
      [1, () => this.#blow(batch, 'cancel')] as const,
    ]);
  }

  #blow(batch: Execution, how: 'terminate' | 'cancel'): void {
    this.judge.blown(batch, how);
    this.temporal[how](batch);
  }

  #turn(task: (typeof this.temporal.tasks)[number]): void {
    const end = this.activities.turn(task);
    if (end === undefined) return;
    this.judge.finished(task, end);
    this.temporal.finish(task, end);
  }

  async #say(root: Execution, message: Message): Promise<void> {
    if (message.name === 'cancel') {
      // Once it has come to its end, and only gives its leases back, there is nothing left to stop.
      if ((await this.status(root))?.phase !== 'ended') this.judge.cancelled();
      this.temporal.cancel(root);
    } else this.judge.sent(this.temporal.update(root, message.name, message.input), message);
  }

  /** Nothing happens any more by itself: an operator answers what the rollout waits for, or time passes. */
  async #help(root: Execution): Promise<void> {
    const status = await this.status(root);
    const answers = { paused: 'resume', approval: 'approve', evidence: 'approve', health: 'approve' } as const;
    const wanted = status?.waiting?.for;
    const name = wanted === undefined ? undefined : Object.entries(answers).find(([hold]) => hold === wanted)?.[1];
    if (name !== undefined) await this.#say(root, { name, input: { by: 'helper' } });
    else if (this.temporal.nextTimer !== undefined) this.temporal.fireTimers();
    else throw new Error(`stuck: nothing happens any more, with ${JSON.stringify(status)}`);
  }

  async status(root: Execution): Promise<RolloutStatus | undefined> {
    return this.temporal.query<RolloutStatus>(root, 'status');
  }
}
