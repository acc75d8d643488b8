import type {
  ApplyInput,
  DiscoverInput,
  InspectLeasesInput,
  ReadCalendarInput,
  RestoreInput,
} from '../../src/activities/index.js';
import type { WatchInput } from '../../src/rollout/health.js';
import type { MetadataOptions } from '../../src/rollout/options.js';
import { pack } from '../../src/rollout/pack.js';
import { ChangeSession } from './change-session.js';
import type { ActivityTask } from './execution.js';
import type { Tape } from './tape.js';
import { decode, type End } from './temporal-protocol.js';
import { FOREIGN_HOPS, type TinyFleet } from './tiny-fleet.js';
import type { TinyTemporal } from './tiny-temporal.js';
import { WatchSession } from './watch-session.js';

const PERIOD = 3_600_000;

/** What a worker would do with the activities of our names, over a fleet of its own. */
export class ModelActivities {
  readonly changes = new Map<ActivityTask, ChangeSession>();
  readonly watches = new Map<ActivityTask, WatchSession>();

  /** What the activities of a rollback find in histories, by their names. */
  history: Readonly<Record<string, unknown>> = {};

  constructor(
    private readonly around: {
      readonly temporal: TinyTemporal;
      readonly fleet: TinyFleet;
      readonly tape: Tape;
      readonly hasJournal: boolean;
    },
  ) {}

  begin(task: ActivityTask): void {
    const { fleet, tape } = this.around;
    if (task.type === 'lightsailImdsApply') {
      this.changes.set(task, new ChangeSession(task, 'apply', inputOf<ApplyInput>(task), this.around));
    } else if (task.type === 'lightsailImdsRestore') {
      this.changes.set(task, new ChangeSession(task, 'restore', inputOf<RestoreInput>(task), this.around));
    } else if (task.type === 'lightsailImdsWatch') {
      this.watches.set(task, new WatchSession(inputOf<WatchInput>(task), fleet, tape));
    }
  }

  /** Whether nothing comes of it by itself: a watch that finds all well goes on until it is cancelled. */
  isIdle(task: ActivityTask): boolean {
    return !task.cancelRequested && this.watches.get(task)?.isIdle === true;
  }

  /** Goes one step on with it. @returns how it ends, once it does */
  turn(task: ActivityTask): End | undefined {
    const session = this.changes.get(task);
    if (session !== undefined) return session.turn();
    return (
      this.watches.get(task)?.turn(task.cancelRequested) ?? (this.watches.has(task) ? undefined : this.#answer(task))
    );
  }

  /** Others change what the rollout has changed, just before its last sweep. */
  #meddle(): void {
    const { fleet, tape } = this.around;
    const { arn = '' } = fleet.writes[0] ?? {};
    const options = tape.pick<MetadataOptions>(
      [1, { httpTokens: 'optional', httpPutResponseHopLimit: 1 }],
      [1, { httpPutResponseHopLimit: FOREIGN_HOPS }],
    );
    fleet.meddle(arn, options);
  }

  #answer(task: ActivityTask): End {
    const { temporal, fleet, tape, hasJournal } = this.around;
    const completed = (value: unknown): End => ({ how: 'completed', value });
    switch (task.type) {
      case 'lightsailImdsDescribeWorker':
        return completed({ journal: hasJournal, retention: 86_400_000 });
      case 'lightsailImdsDiscover':
        if (tape.chance(2)) return { how: 'failed', type: 'AccessDeniedException', message: 'no access' };
        if (fleet.writes.length > 0 && tape.chance(20)) this.#meddle();
        return completed({ instances: pack(fleet.in(inputOf<DiscoverInput>(task).region)) });
      case 'lightsailImdsInspectLeases':
        return completed(inputOf<InspectLeasesInput>(task).leaseIds.map(() => ({ free: true })));
      case 'lightsailImdsFindOpenBatch':
      case 'lightsailImdsAwaitBatches':
      case 'lightsailImdsNotify':
        return completed({});
      case 'lightsailImdsReadUpdates':
        return completed({ names: [], isCut: tape.chance(10) });
      case 'lightsailImdsReadOrder':
        return { how: 'failed', type: 'QueryFailed', message: 'nobody answers' };
      case 'lightsailImdsWriteJournal':
        return tape.chance(10) ? { how: 'failed', type: 'EACCES', message: 'no place' } : completed(null);
      case 'lightsailImdsReadCalendar': {
        const { now } = inputOf<ReadCalendarInput>(task);
        const until = now + PERIOD;
        const isOpen = temporal.now < now + PERIOD && !tape.chance(30);
        return completed(isOpen ? { open: true, until } : { open: false, for: 'window', since: now, until });
      }
      default: {
        const value = this.history[task.type];
        if (value === undefined) throw new Error(`no such activity: ${task.type}`);
        return completed(value);
      }
    }
  }
}

function inputOf<Input>(task: ActivityTask): Input {
  const input = decode<Input>(task.input);
  if (input === undefined) throw new Error(`${task.type} has no input`);
  return input;
}
