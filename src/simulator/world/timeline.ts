/** A value that holds from a moment on, in epoch milliseconds. */
export interface Step<Value> {
  readonly at: number;
  readonly value: Value;
}

/** A stretch of time with one value. */
export interface Span<Value> {
  readonly from: number;
  readonly to: number;
  readonly value: Value;
  /** Since when the value holds, which may be before `from`. */
  readonly since: number;
}

/** A value over time: what it was, and what it is bound to become. */
export class Timeline<Value> {
  private steps: Step<Value>[] = [];

  constructor(start: Step<Value>) {
    this.steps.push(start);
  }

  /** Forgets what was to come after `now`, and lets these steps come, in their order. Those of the past come now. */
  plan(now: number, steps: readonly Step<Value>[]): void {
    if ((this.steps.at(-1)?.at ?? 0) > now) this.steps = this.steps.filter(({ at }) => at <= now);
    for (const { at, value } of steps) {
      if (at !== Infinity) this.put({ at: Math.max(now, at), value });
    }
  }

  /** The spans between two moments. There are none before the first step. */
  spans(from: number, to: number): Span<Value>[] {
    return this.steps.flatMap(({ at, value }, index) => {
      const span = { from: Math.max(from, at), to: Math.min(to, this.steps[index + 1]?.at ?? Infinity) };
      return span.from < span.to ? [{ ...span, value, since: at }] : [];
    });
  }

  private put(step: Step<Value>): void {
    const last = this.steps.at(-1);
    if (last?.value === step.value) return;
    if (last?.at !== step.at) {
      this.steps.push(step);
      return;
    }
    this.steps.pop();
    this.put(step);
  }
}
