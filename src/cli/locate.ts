import { isMap, isNode, isScalar, isSeq, type Pair } from 'yaml';
import { formatPath } from '../rollout/problem.js';

/**
 * Where a path such as `stages[1].size` stands in a YAML document: the offset of its key, or of what is nearest above
 * it where the field itself is missing.
 *
 * @param node the contents of a document
 */
export function locate(node: unknown, path: string): number | undefined {
  return path === '(spec)' ? offsetOf(node) : descend(node, path, offsetOf(node));
}

function descend(node: unknown, path: string, above: number | undefined): number | undefined {
  if (path === '') return above;
  if (isMap(node)) {
    const pair = node.items.find((each) => startsPath(path, writtenKey(each)));
    if (pair === undefined) return above;
    return descend(pair.value, restOf(path, writtenKey(pair).length), offsetOf(pair.key) ?? above);
  }
  const index = isSeq(node) ? /^\[(\d+)\]/.exec(path) : null;
  if (!isSeq(node) || index === null) return above;
  const item: unknown = node.items[Number(index[1])];
  return descend(item, restOf(path, index[0].length), offsetOf(item) ?? above);
}

function startsPath(path: string, key: string): boolean {
  return path.startsWith(key) && ['', '.', '['].includes(path.charAt(key.length));
}

function restOf(path: string, length: number): string {
  return path.slice(length).replace(/^\./, '');
}

/** As it stands in a path: in brackets and quotes where it is no plain word. */
function writtenKey({ key }: Pair): string {
  return formatPath([String(isScalar(key) ? key.value : key)]);
}

function offsetOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined;
}
