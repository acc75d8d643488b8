import { expect } from 'vitest';
import type { Outcome, TargetResult } from '../../src/rollout/outcome.js';
import type { Result, Wait } from './rollout-model.js';
import type { Message } from './scenario.js';
import { arnIn, isOngoing, NAMES, OUTCOMES, openIn, type Step, step } from './step.js';

async function nothing(): Promise<void> {}

/** A batch of the next targets of a stage, where nothing is in its way. */
export const startBatch = (stage: number, count: number): Step =>
  step(
    `start ${count} of ${NAMES[stage]}`,
    (model) =>
      openIn(model, stage, count).length > 0 && model.batch === undefined && model.mode === 'run' && isOngoing(model),
    (model, real) => {
      expect(real.state.hold.mode).toBe('run');
      const arns = openIn(model, stage, count);
      const id = `batch-${arns[0]}`;
      model.batch = { id, stage, arns, told: [], seq: 0 };
      model.waits = undefined;
      model.phase = 'applying';
      real.state.wait(null);
      real.state.enter('applying');
      real.state.stage = stage;
      // Nothing is sent to it: only whether there is one matters here.
      const handle = { workflowId: id, signal: nothing, signalWithOptions: nothing, cancel: nothing };
      const order = { number: 0, mode: 'run' } as const;
      real.state.batch = {
        handle,
        path: 'x/1',
        stage,
        arns: new Set(arns),
        sent: undefined,
        inForce: order,
        isAsked: false,
        refusals: 0,
      };
    },
  );

/** The batch tells how far it is: late, twice or out of order, as signals come; or it has closed before. */
export const report = (told: readonly Result[], seq: number, isLate: boolean): Step =>
  step(
    `${isLate ? 'an old' : 'the'} batch reports ${told.map(({ fate }) => fate)} as number ${seq}`,
    // The run itself takes no report of another batch than the one that is open.
    ({ batch, closed }) => (isLate ? closed !== undefined && closed.seq > 0 : batch !== undefined),
    (model, real) => {
      const batch = isLate ? model.closed : model.batch;
      if (batch === undefined) return;
      const news = told.slice(0, batch.arns.length);
      const kinds: Outcome['kind'][] = news.map(({ fate }) => OUTCOMES[fate].kind);
      real.state.recordProgress(batch.stage, {
        batch: batch.id,
        seq,
        counts: Object.fromEntries(kinds.map((kind) => [kind, kinds.filter((each) => each === kind).length])),
        failed: news.reduce((sum, { fate }) => sum + (fate === 'failed' ? 1 : 0), 0),
        inFlight: batch.arns.length - news.length,
      });
      if (!isLate && seq > batch.seq) model.batch = { ...batch, told: news, seq };
    },
  );

export const endBatch = (ends: readonly Result[]): Step =>
  step(
    `end the batch with ${ends.map(({ fate, wrote }) => `${fate}${wrote ? '' : ' unwritten'}`)}`,
    ({ batch }) => batch !== undefined,
    (model, real) => {
      const { batch } = model;
      if (batch === undefined) return;
      const { stage, arns } = batch;
      const own = arns.map((arn, index) => [arn, ends[index] ?? { fate: 'changed', wrote: true }] as const);
      const targets = real.ledger.targets().filter(({ arn }) => arns.includes(arn));
      const toResult = ({ fate, wrote }: Result): TargetResult => ({ outcome: OUTCOMES[fate], wrote });
      model.closed = batch;
      model.batch = undefined;
      for (const [arn, result] of own) model.record(stage, arn, result);
      real.state.batch = undefined;
      real.ledger.recordBatch(
        stage,
        targets,
        own.map(([, result]) => toResult(result)),
      );
      if (openIn(model, stage, 1).length > 0) return;
      model.finished.add(stage);
      real.ledger.finishStage(stage);
    },
  );

/** A target is found ill, or an operator wants it back; its way back, where it has one, is a step of its own. */
export const order = (stage: number, index: number, reason: 'unhealthy' | 'operator', count: boolean): Step =>
  step(
    `${reason} ${NAMES[stage]}-${index}${count ? '' : ', not counted'}`,
    ({ batch, phase }) => phase !== 'ended' && !(batch?.arns.includes(arnIn(stage, index)) ?? false),
    (model, real) => {
      const arn = arnIn(stage, index);
      const isCarriedOut = real.order({ arn, reason, detail: 'x', count, restore: true });
      expect(isCarriedOut).toBe(model.order(arn, reason, count));
    },
  );

export const comeBack = (stage: number, index: number, how: 'restored' | 'restore-failed'): Step =>
  step(
    `${NAMES[stage]}-${index} is ${how}`,
    (model) => model.toRestore.includes(arnIn(stage, index)) && model.batch === undefined,
    (model, real) => {
      const arn = arnIn(stage, index);
      model.comeBack(arn, how);
      real.ledger.amend(arn, { restore: { outcome: { kind: how } } });
    },
  );

/** What the last sweep finds of a target that stands changed. */
export const find = (stage: number, index: number, what: 'reverted' | 'drifted'): Step =>
  step(
    `the sweep finds ${NAMES[stage]}-${index} ${what}`,
    (model) => model.isStanding(arnIn(stage, index)) && model.finished.size > 0 && model.batch === undefined,
    (model, real) => {
      const arn = arnIn(stage, index);
      model.find(arn, what);
      const outcome: Outcome = what === 'drifted' ? { kind: 'drifted' } : { kind: 'failed', reason: 'reverted' };
      real.ledger.amend(arn, { outcome });
    },
  );

export const say = (message: Message): Step =>
  step(
    `${message.name} ${JSON.stringify(message.input)}`,
    () => true,
    (model, real) => {
      const isRefused = model.isRefused(message);
      const why = real.say(message);
      expect(why !== undefined, `${message.name} is refused: ${why}`).toBe(isRefused);
      if (!isRefused) model.hear(message);
    },
  );

/** Readings of an instance are missing, or are there again. */
export const see = (stage: number, index: number, isSeen: boolean): Step =>
  step(
    `${NAMES[stage]}-${index} ${isSeen ? 'can' : "can't"} be read`,
    () => true,
    (model, real) => {
      const arn = arnIn(stage, index);
      const { sight } = real.state;
      if (isSeen) sight.regain('watch', [arn]);
      else sight.lose('watch', [arn], { why: 'no answer', observer: false, since: 0 });
      model.see(arn, isSeen);
    },
  );

export const turnCalendar = (open: boolean): Step =>
  step(
    `the window ${open ? 'opens' : 'closes'}`,
    () => true,
    (model, real) => {
      model.isClosed = !open;
      real.state.calendar = open ? { open } : { open, for: 'window', since: 0, until: 1 };
    },
  );

export const wait = (what: Wait): Step =>
  step(
    `it waits for ${what}`,
    (model) => model.batch === undefined && model.stop === undefined && isOngoing(model),
    (model, real) => {
      model.phase = 'waiting';
      model.waits = what;
      model.mayGoOn = false;
      real.state.enter('waiting');
      real.state.wait({ for: what, since: '' });
    },
  );

/** The time of what it waits for is over; of an approval, that is an answer. */
export const runOut = (goesBack: boolean): Step =>
  step(
    `its time is over${goesBack ? ', and it goes back' : ''}`,
    ({ waits, stop }) => waits !== undefined && stop === undefined,
    (model, real) => {
      if (model.waits === 'approval') {
        model.halt(goesBack);
        real.state.halt({ reason: 'not approved', restore: goesBack });
      }
      model.waits = undefined;
      model.mayGoOn = false;
      model.phase = 'applying';
      real.state.wait(null);
      real.state.enter('applying');
    },
  );

/** Where it stops, it may go back; and at last it ends. */
export const enter = (phase: 'verifying' | 'reverting' | 'ended'): Step =>
  step(
    `enters ${phase}`,
    (model) =>
      model.batch === undefined &&
      model.phase !== 'ended' &&
      (phase === 'verifying' ? isOngoing(model) && model.stop === undefined : model.stop !== undefined),
    (model, real) => {
      model.phase = phase;
      model.waits = undefined;
      model.mayGoOn = false;
      real.state.wait(null);
      real.state.enter(phase);
    },
  );
