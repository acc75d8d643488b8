/**
 * The choices of one run, drawn beforehand so that fast-check can shorten them. Once they are used up every choice is
 * its first option, the calm one, so that each run comes to an end.
 */
export class Tape {
  #next = 0;

  constructor(private readonly choices: readonly number[]) {}

  get isSpent(): boolean {
    return this.#next >= this.choices.length;
  }

  /** @param options - with their weights, the calm one first */
  pick<T>(...options: readonly (readonly [weight: number, option: T])[]): T {
    const [calm] = options;
    if (calm === undefined) throw new Error('there is nothing to choose from');
    const choice = this.choices[this.#next++] ?? 0;
    const sum = options.reduce((total, [weight]) => total + weight, 0);
    let left = choice % Math.max(1, sum);
    for (const [weight, option] of options) {
      if (left < weight) return option;
      left -= weight;
    }
    return calm[1];
  }

  /** So often in a hundred, and never once the choices are used up. */
  chance(percent: number): boolean {
    return this.pick([100 - percent, false], [percent, true]);
  }
}
