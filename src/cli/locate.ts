import { isMap, isNode, isScalar, isSeq, type Pair } from 'yaml';

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
    const pair = longestKey(node.items, path);
    if (pair === undefined) return above;
    return descend(pair.value, restOf(path, keyOf(pair).length), offsetOf(pair.key) ?? above);
  }
  const index = isSeq(node) ? /^\[(\d+)\]/.exec(path) : null;
  if (!isSeq(node) || index === null) return above;
  const item: unknown = node.items[Number(index[1])];
  return descend(item, restOf(path, index[0].length), offsetOf(item) ?? above);
}

/** Keys may hold dots and brackets (tags), so the path is not split beforehand. */
function longestKey(pairs: readonly Pair[], path: string): Pair | undefined {
  return pairs
    .filter((pair) => startsPath(path, keyOf(pair)))
    .reduce<Pair | undefined>(
      (best, pair) => (best === undefined || keyOf(pair).length > keyOf(best).length ? pair : best),
      undefined,
    );
}

function startsPath(path: string, key: string): boolean {
  return path.startsWith(key) && ['', '.', '['].includes(path.charAt(key.length));
}

function restOf(path: string, length: number): string {
  return path.slice(length).replace(/^\./, '');
}

function keyOf({ key }: Pair): string {
  return String(isScalar(key) ? key.value : key);
}

function offsetOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined;
}
