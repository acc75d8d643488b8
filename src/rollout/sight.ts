/** Instances that can't be read just now, and those of them that an operator goes on without. */
export class Sight {
  /** By who has lost sight of it and the instance's ARN, since an instance may be looked at from several sides. */
  readonly #lost = new Map<string, { readonly arn: string; readonly why: string; readonly since: number }>();
  readonly #accepted = new Set<string>();
  #observer = false;

  /**
   * @param by - who looks
   * @param observer - over half of a scope can't be read: it is more likely the one who looks
   * @param since - milliseconds since the epoch
   */
  lose(by: string, arns: readonly string[], { why, observer, since }: Loss): void {
    for (const arn of arns) this.#lost.set(`${by} ${arn}`, { arn, why, since });
    if (arns.length > 0) this.#observer ||= observer;
  }

  regain(by: string, arns: readonly string[]): void {
    for (const arn of arns) this.#lost.delete(`${by} ${arn}`);
    const still = new Set(this.#arns());
    for (const arn of arns) if (!still.has(arn)) this.#accepted.delete(arn);
    if (this.#lost.size === 0) this.#observer = false;
  }

  /** The operator goes on without the readings that are missing now. */
  accept(): void {
    for (const arn of this.#arns()) this.#accepted.add(arn);
  }

  isAccepted(arn: string): boolean {
    return this.#accepted.has(arn);
  }

  /** What the rollout waits for; undefined where everything can be read, or is accepted. */
  get missing(): Missing | undefined {
    const open = [...this.#lost.values()].filter(({ arn }) => !this.#accepted.has(arn));
    const [first] = open;
    if (first === undefined) return undefined;
    return {
      count: new Set(open.map(({ arn }) => arn)).size,
      why: first.why,
      since: first.since,
      observer: this.#observer,
    };
  }

  #arns(): string[] {
    return [...this.#lost.values()].map(({ arn }) => arn);
  }
}

interface Loss {
  readonly why: string;
  readonly observer: boolean;
  readonly since: number;
}

export interface Missing extends Loss {
  readonly count: number;
}

/** @example describeMissing({ count: 3, why: 'no answer', … }) // '3 instances can't be read (no answer)' */
export function describeMissing({ count, why, observer }: Missing): string {
  const what = `${count} ${count === 1 ? 'instance' : 'instances'} can't be read (${why})`;
  return observer ? `${what}; that is over half of a scope, so most likely the observer is at fault` : what;
}
