import { cleanText } from '../../rollout/clean.js';
import type { RolloutStatus } from '../../rollout/status.js';
import { reasonOf } from '../errors.js';
import type { RunKind } from '../find-rollout.js';
import type { Output } from '../output.js';
import { renderWatch, type WatchPicture } from '../render/watch.js';
import type { ProgressView } from '../views.js';
import { CLOSED, type Dialog, type Key, press } from './dialog.js';
import type { WatchFacts } from './facts.js';
import { type Frame, openFrame } from './frame.js';
import { type KeyReader, readKeys } from './key-reader.js';
import { type Intent, offeredKeys } from './keys.js';
import { type Forecast, PaceMeter, timeLeft } from './pace.js';

/** What keys can do. */
export interface Steering {
  /** Resolves once the message is in force, and rejects with why it isn't. */
  send(intent: Intent, reason: string | undefined): Promise<{ readonly said: string; readonly status: RolloutStatus }>;
  /** Ends the command, as Ctrl-C does. */
  leave(): void;
}

export interface LiveViewOptions {
  readonly kind: RunKind;
  /** Below the keys. */
  readonly footer: readonly string[];
  /** The rollout goes on without this command, whose server and worker are others. */
  readonly goesOn: boolean;
  readonly facts: WatchFacts;
  readonly steering: Steering;
}

/** Countdowns go on between two looks, and while nobody answers. */
const TICK = 1_000;

/** What became of a message stays in sight so long, unless another key is pressed. */
const ANSWER_STAYS = 20_000;

/** Draws a rollout on a terminal, and takes keys where there are any. */
export function openLiveView(output: Output, options: LiveViewOptions): ProgressView {
  const view = new LiveView(output, options, openFrame(output));
  view.open();
  return view;
}

class LiveView implements ProgressView {
  readonly #meter = new PaceMeter();
  #status: RolloutStatus | undefined;
  #trouble: readonly string[] = [];
  #dialog: Dialog = CLOSED;
  #answer: (NonNullable<WatchPicture['answer']> & { readonly at: number }) | undefined;
  #forecast: Forecast | undefined;
  #isClosed = false;
  #reader: KeyReader | undefined;
  #ticking: NodeJS.Timeout | undefined;

  constructor(
    private readonly output: Output,
    private readonly options: LiveViewOptions,
    private readonly frame: Frame,
  ) {}

  open(): void {
    const { output, options, frame } = this;
    if (output.canAsk) {
      this.#reader = readKeys(process.stdin, {
        onKey: (key) => this.#press(key),
        onSuspend: () => frame.done(),
        onResume: () => this.#draw(),
      });
    }
    this.#ticking = setInterval(() => this.#draw(), TICK);
    output.stream.on('resize', this.#draw);
    void options.facts.forecast().then((forecast) => {
      this.#forecast = forecast;
    });
  }

  show(status: RolloutStatus): void {
    this.#status = status;
    this.#trouble = [];
    this.#meter.see(status, Date.now(), this.options.kind);
    this.#draw();
  }

  trouble(message: string): void {
    this.#trouble = cleanText(message).split('\n');
    this.#draw();
  }

  close(): void {
    if (this.#isClosed) return;
    const { step } = this.#dialog;
    this.#draw(true);
    this.#isClosed = true;
    clearInterval(this.#ticking);
    this.output.stream.off('resize', this.#draw);
    this.#reader?.close();
    this.frame.done();
    if (step === 'sending') this.output.note('What was being sent may still be taken: see status.');
    else if (step !== 'closed') this.output.note('The watch ended before the question was answered: nothing was sent.');
  }

  #press(key: Key): void {
    const offered = this.#offered();
    const { dialog, effect } = press(this.#dialog, key, offered);
    if (this.#dialog.step === 'closed' && dialog.step !== 'closed') this.#answer = undefined;
    this.#dialog = dialog;
    if (effect?.kind === 'leave') this.options.steering.leave();
    else if (effect?.kind === 'suspend') this.#reader?.suspend();
    else if (effect?.kind === 'send') void this.#send(effect.intent, effect.reason);
    this.#draw();
  }

  async #send(intent: Intent, reason: string | undefined): Promise<void> {
    try {
      const { said, status } = await this.options.steering.send(intent, reason);
      this.#conclude({ ok: true, text: said });
      // How it stands with the message in force, rather than beside it what it was before.
      if (!this.#isClosed) this.show(status);
    } catch (error) {
      this.#conclude({ ok: false, text: reasonOf(error) });
    }
  }

  #conclude(answer: NonNullable<WatchPicture['answer']>): void {
    this.#dialog = CLOSED;
    this.#answer = { ...answer, at: Date.now() };
    this.#draw();
  }

  /** While nobody answers, nothing can be sent. */
  #offered() {
    return offeredKeys(this.#trouble.length > 0 ? undefined : this.#status, this.options.kind);
  }

  readonly #draw = (isClosing = false): void => {
    if (this.#isClosed) return;
    const { output, options } = this;
    const now = Date.now();
    if (this.#answer !== undefined && now - this.#answer.at > ANSWER_STAYS) this.#answer = undefined;
    const { kind, footer, goesOn } = options;
    const status = this.#status;
    const pace = this.#meter.pace();
    const forecast = this.#forecast;
    const lines = renderWatch(
      output,
      {
        kind,
        status,
        now,
        pace,
        left: status && timeLeft(status, { pace, forecast }, now, kind),
        trouble: this.#trouble,
        dialog: this.#dialog,
        answer: this.#answer,
        keys: this.#reader === undefined ? [] : this.#offered(),
        footer,
        goesOn,
        isClosing: isClosing === true,
      },
      output.stream.rows || 24,
    );
    this.frame.draw(lines);
  };
}
