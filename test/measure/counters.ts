import type { FileCoverageData } from 'istanbul-lib-coverage';

/** How often each statement, function and branch of a file has run; what they are stands in its description. */
type FileCounters = Pick<FileCoverageData, 's' | 'f' | 'b'>;

/** By absolute path. */
export type Counters = Record<string, FileCounters>;

declare global {
  // Instrumented code counts here.
  var __coverage__: Counters | undefined;
}

/** What has run since it was taken last; from now on all of it is counted anew. Runs inside workflows too. */
export function takeCounters(): Counters {
  const taken: Counters = {};
  for (const [path, { s, f, b }] of Object.entries(globalThis.__coverage__ ?? {})) {
    const hasRun = [...Object.values(s), ...Object.values(b).flat()].some((times) => times > 0);
    if (!hasRun) continue;
    taken[path] = {
      s: { ...s },
      f: { ...f },
      b: Object.fromEntries(Object.entries(b).map(([id, to]) => [id, [...to]])),
    };
    for (const id of Object.keys(s)) s[id] = 0;
    for (const id of Object.keys(f)) f[id] = 0;
    for (const to of Object.values(b)) to.fill(0);
  }
  return taken;
}

/** Adds up in place. */
export function addCounters(sum: Counters, more: Counters): void {
  for (const [path, { s, f, b }] of Object.entries(more)) {
    sum[path] ??= { s: {}, f: {}, b: {} };
    const own = sum[path];
    for (const [id, times] of Object.entries(s)) own.s[id] = (own.s[id] ?? 0) + times;
    for (const [id, times] of Object.entries(f)) own.f[id] = (own.f[id] ?? 0) + times;
    for (const [id, ways] of Object.entries(b)) own.b[id] = ways.map((times, at) => times + (own.b[id]?.[at] ?? 0));
  }
}
