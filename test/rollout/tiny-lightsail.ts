import type { ChangeRecord, Reading, Step } from '../../src/rollout/change.js';
import type { FleetInstance } from '../../src/rollout/instance.js';
import type { MetadataOptions } from '../../src/rollout/options.js';
import { arnOf, instance, withoutOptions } from './builders.js';
import { PATIENCE } from './readings.js';

/** What happens at one turn of the loop. */
export interface Turn {
  /** What becomes of an Update sent at this turn: `crash` is a worker that dies before it is sent. */
  readonly write: 'clear' | 'lost' | 'unclear' | 'crash' | 'stuck';
  readonly read: 'true' | 'stale' | 'unreadable';
  readonly elsewhere?: MetadataOptions | 'delete' | 'replace' | 'restart' | undefined;
}

const CALM: Turn = { write: 'clear', read: 'true' };
const MAX_ERRORS = 4;

/** A Lightsail of one instance: a write is pending for two readings, or for ever where it is stuck. */
export class TinyLightsail {
  #options: MetadataOptions;
  #pending = 0;
  #arn = arnOf('web');
  #exists = true;
  #starting = 0;
  #last: FleetInstance | undefined;
  /** What readings show, and for how many of them still, where they are stale. */
  #hidden: { options: MetadataOptions; left: number } | undefined;

  /** @param staleFor - so many readings after each Update show the values before it, as applied */
  constructor(
    options: MetadataOptions,
    private readonly staleFor = 0,
  ) {
    this.#options = options;
  }

  read(kind: Turn['read']): FleetInstance | undefined {
    if (kind !== 'true' || this.#hidden === undefined || this.#hidden.left === 0) return this.#read(kind);
    this.#hidden.left -= 1;
    this.#read(kind);
    return instance('web', { arn: this.#arn, options: this.#hidden.options });
  }

  /** As it really is. */
  get options(): MetadataOptions {
    return this.#options;
  }

  #read(kind: Turn['read']): FleetInstance | undefined {
    if (this.#pending > 0) this.#pending -= 1;
    if (this.#starting > 0) this.#starting -= 1;
    if (!this.#exists) return undefined;
    if (kind === 'unreadable') return withoutOptions(instance('web', { arn: this.#arn }));
    const now = instance('web', {
      arn: this.#arn,
      options: this.#options,
      optionsState: this.#pending > 0 ? 'pending' : 'applied',
      state: this.#starting > 0 ? 'pending' : 'running',
    });
    const shown = kind === 'stale' ? (this.#last ?? now) : now;
    this.#last = now;
    return shown;
  }

  write(send: MetadataOptions, isStuck: boolean): void {
    // A second Update within that time hides no less: the oldest values are shown for longer.
    const options = this.#hidden?.left ? this.#hidden.options : this.#options;
    this.#hidden = { options, left: this.staleFor };
    this.#options = { ...this.#options, httpTokens: 'optional', ...send };
    this.#pending = isStuck ? Number.POSITIVE_INFINITY : 2;
  }

  disturb(what: Turn['elsewhere']): void {
    if (what === 'delete') this.#exists = false;
    else if (what === 'replace') this.#arn = 'arn:new';
    else if (what === 'restart') this.#starting = 5;
    else if (what !== undefined) this.write(what, false);
  }
}

interface Run<End> {
  readonly end: End | 'too many errors';
  readonly writes: number;
  readonly turns: number;
  /** The last reading. */
  readonly seen: FleetInstance | undefined;
}

/** The loop around the decisions, with a clock of its own: read, decide, record, write, wait. */
export function follow<End>(
  cloud: TinyLightsail,
  decide: (record: ChangeRecord, reading: Reading) => Step<End>,
  schedule: readonly Turn[],
): Run<End> {
  let record: ChangeRecord = { wrote: false, errors: 0 };
  let picture = '';
  let since = 0;
  let writes = 0;
  for (let turns = 0; turns < schedule.length + 100; turns++) {
    const now = turns * PATIENCE.pollInterval;
    const { write, read, elsewhere } = schedule[turns] ?? CALM;
    cloud.disturb(elsewhere);
    const seen = cloud.read(read);
    const shown = JSON.stringify([seen, record.at]);
    if (shown !== picture) since = now;
    picture = shown;
    const step = decide(record, { instance: seen, waited: now - (record.at ?? 0), steady: now - since });
    if (step.do === 'end') return { end: step.end, writes, turns, seen };
    if (step.do === 'wait') continue;
    writes += 1;
    record = { wrote: true, at: now, errors: record.errors };
    if (write === 'clear' || write === 'unclear' || write === 'stuck') cloud.write(step.send, write === 'stuck');
    if (write === 'clear' || write === 'stuck') record = { ...record, accepted: true };
    if (write === 'lost' || write === 'unclear') record = { ...record, errors: record.errors + 1 };
    if (record.errors >= MAX_ERRORS) return { end: 'too many errors', writes, turns, seen };
  }
  throw new Error('it never ends');
}
