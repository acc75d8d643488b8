/**
 * Whether `text` matches `pattern`, in which `*` stands for any characters and `?` for one. Nothing else is special:
 * names and tag values aren't paths. Takes time in proportion to the product of the lengths at worst.
 *
 * @example matchesGlob('web-*', 'web-7') // true
 */
export function matchesGlob(pattern: string, text: string): boolean {
  let p = 0;
  let t = 0;
  let star = -1;
  let resume = 0;
  while (t < text.length) {
    if (p < pattern.length && pattern[p] === '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.length && (pattern[p] === '?' || pattern[p] === text[t])) {
      p++;
      t++;
    } else if (star >= 0) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (pattern[p] === '*') p++;
  return p === pattern.length;
}
