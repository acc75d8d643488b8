import { onTestFinished } from 'vitest';
import type { ApplyInput, DiscoverInput, InspectLeasesInput } from '../../src/activities/index.js';
import { pack } from '../../src/rollout/pack.js';
import type { RolloutSpecInput } from '../../src/rollout/spec.js';
import type { RolloutStatus } from '../../src/rollout/status.js';
import type { ActivityTask, Answer, Execution, Letter } from '../model/execution.js';
import { decode, type End, encode } from '../model/temporal-protocol.js';
import { TinyTemporal } from '../model/tiny-temporal.js';
import { arnOf, CLOSED, fleet, OPEN } from '../rollout/builders.js';

/** What an activity of a type comes to; undefined leaves it open, until the test finishes it. */
export type Answers = Readonly<Record<string, (input: unknown) => End | undefined>>;

export const completed = (value: unknown) => (): End => ({ how: 'completed', value });
export const leftOpen = (): undefined => undefined;
export const CHANGED: End = { how: 'completed', value: { outcome: { kind: 'changed' }, wrote: true } };
export const RESTORED: End = { how: 'completed', value: { outcome: { kind: 'restored' } } };

/** All goes well. */
const WELL: Answers = {
  lightsailImdsDescribeWorker: completed({ journal: false }),
  lightsailImdsReadEarlierRollbacks: completed({ batches: [] }),
  lightsailImdsInspectLeases: (input) => ({
    how: 'completed',
    value: (input as InspectLeasesInput).leaseIds.map(() => ({ free: true })),
  }),
  lightsailImdsFindOpenBatch: completed({}),
  lightsailImdsAwaitBatches: completed({}),
  lightsailImdsNotify: completed({}),
  lightsailImdsReadUpdates: completed({ names: [], isCut: false }),
  lightsailImdsApply: () => CHANGED,
  lightsailImdsRestore: () => RESTORED,
};

/** A rollout in one stage; by default over three instances: web-0, web-1, web-2. */
export function specOf(changes: Partial<RolloutSpecInput> = {}): RolloutSpecInput {
  return {
    name: 'steps',
    options: { httpTokens: 'required' },
    targets: { regions: ['us-east-1'] },
    evidence: 'off',
    stages: [{ name: 'all', size: 'rest' }],
    health: { checks: [] },
    ...changes,
  };
}

/**
 * Runs workflows of the real bundle in their sandbox, on a clock of their own, and decides what their activities come to
 * and when: moments that a real server has, but that no test can wait for there.
 */
export class StepByStep {
  readonly temporal: TinyTemporal;
  /** Every activity so far. */
  readonly scheduled: ActivityTask[] = [];
  /** Which signals between workflows arrive for the time being. */
  arrives: (letter: Letter) => boolean = () => true;
  readonly #answers: Answers;
  readonly #told = new Map<string, Answer>();
  readonly #left = new Set<ActivityTask>();

  /**
   * @param answers - over those of a run in which all goes well
   * @param size - of the fleet in each region
   */
  constructor(
    answers: Answers = {},
    private readonly size = 3,
  ) {
    this.#answers = { ...WELL, lightsailImdsDiscover: (input) => this.#discover(input as DiscoverInput), ...answers };
    this.temporal = new TinyTemporal({
      scheduled: (task) => this.scheduled.push(task),
      cancelRequested: () => undefined,
      started: () => undefined,
      closed: () => undefined,
      answered: (id, answer) => this.#told.set(id, answer),
    });
    onTestFinished(() => this.temporal.dispose());
  }

  /** Starts a workflow and lets it go as far as it does by itself. */
  async start(type: string, ...args: readonly unknown[]): Promise<Execution> {
    const execution = await this.temporal.start(type, 'steps', args.map(encode));
    await this.settle();
    return execution;
  }

  /** All happens that happens by itself, without any time that passes. */
  async settle(): Promise<void> {
    while (await this.#step());
  }

  /** Time passes, timer by timer, until this is so. */
  async pass(isReached: () => boolean): Promise<void> {
    for (let timers = 0; !isReached(); timers++) {
      if (timers > 100 || this.temporal.nextTimer === undefined) throw new Error('that is never reached');
      this.temporal.fireTimers();
      await this.settle();
    }
  }

  /** So much time passes, in milliseconds, and whatever timers are due meanwhile. */
  async wait(ms: number): Promise<void> {
    const until = this.temporal.now + ms;
    for (let next = this.temporal.nextTimer; next !== undefined && next <= until; next = this.temporal.nextTimer) {
      this.temporal.fireTimers();
      await this.settle();
    }
    this.temporal.now = until;
  }

  /** Sends an Update. @returns what it was answered; undefined where it waits for something */
  async say(execution: Execution, name: string, message: unknown): Promise<Answer | undefined> {
    const id = this.temporal.update(execution, name, message);
    await this.settle();
    return this.#told.get(id);
  }

  /** Sends a signal from outside. */
  async signal(execution: Execution, signalName: string, message: unknown): Promise<void> {
    execution.jobs.push({ signalWorkflow: { signalName, input: [encode(message)], headers: {} } });
    await this.settle();
  }

  /** The activities of a type that are open. */
  open(type: string): ActivityTask[] {
    return this.temporal.tasks.filter((task) => task.type === type);
  }

  /** Ends the first open activity of a type. */
  async finish(type: string, end: End): Promise<void> {
    const [task] = this.open(type);
    if (task === undefined) throw new Error(`no ${type} is open`);
    this.temporal.finish(task, end);
    await this.settle();
  }

  /** What activities of a type were given so far. */
  inputs<Input>(type: string): Input[] {
    return this.scheduled.filter((task) => task.type === type).flatMap(({ input }) => decode<Input>(input) ?? []);
  }

  async status(execution: Execution): Promise<RolloutStatus> {
    const status = await this.temporal.query<RolloutStatus>(execution, 'status');
    if (status === undefined) throw new Error('it has no status');
    return status;
  }

  /** The batch that was started last. */
  get batch(): Execution {
    const batch = this.temporal.executions.findLast(({ type }) => type === 'imdsRolloutBatch');
    if (batch === undefined) throw new Error('there is no batch');
    return batch;
  }

  #discover({ region }: DiscoverInput): End {
    const changed = new Set(this.inputs<ApplyInput>('lightsailImdsApply').map(({ target }) => target.arn));
    const instances = fleet(this.size).map((each) => {
      const arn = arnOf(each.name, region);
      return { ...each, arn, options: changed.has(arn) ? CLOSED : OPEN };
    });
    return { how: 'completed', value: { instances: pack(instances) } };
  }

  async #step(): Promise<boolean> {
    const { temporal } = this;
    const [ready] = temporal.ready;
    const letter = temporal.letters.find((each) => this.arrives(each));
    const task = temporal.tasks.find((each) => !this.#left.has(each));
    if (letter !== undefined) temporal.deliver(letter);
    else if (ready !== undefined) await temporal.runTask(ready);
    else if (task !== undefined) this.#answer(task);
    else return false;
    return true;
  }

  #answer(task: ActivityTask): void {
    const answer = this.#answers[task.type];
    if (answer === undefined) throw new Error(`no answer to ${task.type}`);
    const end = answer(decode(task.input));
    if (end === undefined) this.#left.add(task);
    else this.temporal.finish(task, end);
  }
}
