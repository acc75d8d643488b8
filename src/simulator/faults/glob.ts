/**
 * A matcher for a pattern in which `*` is any run of characters and `?` any one character.
 *
 * @example compileGlob('web-*')('web-12') // true
 */
export function compileGlob(pattern: string): (text: string) => boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\-]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  const expression = new RegExp(`^${source}$`, 's');
  return (text) => expression.test(text);
}
