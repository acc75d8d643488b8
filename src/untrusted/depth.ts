/** Deeper than anything of this project is nested, and far from where a function that calls itself runs out of stack. */
export const MAX_DEPTH = 100;

/** Whether a value that was read as JSON is nested deeper than this; without a call for each level. */
export function isDeeperThan(levels: number, value: unknown): boolean {
  let row: unknown[] = [value];
  for (let level = 0; row.length > 0; level += 1) {
    if (level > levels) return true;
    row = row.flatMap((each) => (typeof each === 'object' && each !== null ? Object.values(each) : []));
  }
  return false;
}
