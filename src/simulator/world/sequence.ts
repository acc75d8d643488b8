/** Something with a place in a series that only grows at its end. */
export interface Numbered {
  readonly sequence: number;
}

/** A page, and where the next one starts. */
export interface Page<Item> {
  readonly items: readonly Item[];
  /** The sequence number of the page's last item; undefined when nothing comes after it. */
  readonly nextAfter: number | undefined;
}

/** Up to `size` items after a sequence number, found without walking the series. Deleted items leave no gap. */
export function pageAfter<Item extends Numbered>(series: readonly Item[], after: number, size: number): Page<Item> {
  const start = firstIndexAfter(series, after);
  const items = series.slice(start, start + size);
  const last = items.at(-1);
  return { items, nextAfter: last && start + size < series.length ? last.sequence : undefined };
}

/** The index of the first item whose number is above `after`; the length when there is none. */
export function firstIndexAfter(series: readonly Numbered[], after: number): number {
  let low = 0;
  let high = series.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((series[middle]?.sequence ?? Infinity) > after) high = middle;
    else low = middle + 1;
  }
  return low;
}
