import { describeResult, reasonOf } from './exceptions.js';
import { cutReason, type TargetResult } from './outcome.js';
import { type Target, targetLabel } from './target.js';

/** So many are kept; the result and `report` have all. */
const KEPT = 5;

/** The last targets of a run that have failed, or couldn't go back: few, whatever the size of the run. */
export class LastFailures {
  readonly #arns: string[] = [];
  /** Of the batch that runs now, which has no result yet. */
  #heard: string[] = [];

  add(arn: string): void {
    if (this.#arns.includes(arn)) return;
    this.#arns.push(arn);
    if (this.#arns.length > KEPT) this.#arns.shift();
  }

  hear(lines: readonly string[]): void {
    this.#heard = [...this.#heard, ...lines].slice(-KEPT);
  }

  forgetHeard(): void {
    this.#heard = [];
  }

  /** @param lineOf - undefined where there is nothing to say of it any more @returns the newest last */
  lines(lineOf: (arn: string) => string | undefined): string[] {
    return [...this.#arns.flatMap((arn) => lineOf(arn) ?? []), ...this.#heard].slice(-KEPT);
  }
}

export function hasFailed(result: TargetResult | undefined): boolean {
  return result?.outcome.kind === 'failed' || result?.restore?.outcome.kind === 'restore-failed';
}

/** @example failureLine(target, result) // 'us-east-1/web-7 failed(api-error): ServiceException: …' */
export function failureLine(target: Pick<Target, 'arn' | 'name'>, result: TargetResult): string {
  const reason = reasonOf(result);
  return cutReason(`${targetLabel(target)} ${describeResult(result)}${reason === '' ? '' : `: ${reason}`}`);
}
