import { compare, summarize } from './compare.js';
import { show, table } from './figures.js';
import type { Load } from './fleet.js';
import type { Place } from './rollout.js';

const SIZES = [10, 100, 1_000, 10_000];
const WORKERS = [1, 2, 4];

/** The table of docs/performance.md and its plot, which Markdown with Mermaid draws. */
export async function measureScaling(place: Place, load: Load, rounds: number, onStep: (step: string) => void) {
  const measured: { readonly load: Load; readonly figures: ReturnType<typeof summarize> }[] = [];
  for (const instances of SIZES) {
    for (const workers of WORKERS) {
      const row = { ...load, instances, workers };
      onStep(`${instances} instances, ${workers} ${workers === 1 ? 'worker' : 'workers'}`);
      measured.push({ load: row, figures: summarize(await compare(place, row, rounds, onStep)) });
    }
  }
  return measured;
}

type Scaling = Awaited<ReturnType<typeof measureScaling>>;

export function describeScaling(measured: Scaling): string {
  const rows = measured.map(({ load: { instances, workers }, figures }) => [
    String(instances),
    String(workers),
    show(figures['wall of the script, seconds'], 1),
    show(figures['wall, seconds'], 1),
    show(figures['wall, of the script’s'], 2),
    show(figures['API calls per instance'], 2),
    show(figures['history events per instance'], 2),
    show(figures['history bytes per instance'], 0),
    show(figures['CPU of a worker, seconds'], 1),
    show(figures['peak memory of a worker, MB'], 0),
  ]);
  const head = [
    'instances',
    'workers',
    'script, s',
    'rollout, s',
    'of the script’s',
    'API calls',
    'events',
    'bytes',
    'CPU of a worker, s',
    'its memory, MB',
  ];
  return [table(head, rows), '', ...plot(measured)].join('\n');
}

function plot(measured: Scaling): string[] {
  const lines = WORKERS.map((workers) => {
    const ratios = measured.filter(({ load }) => load.workers === workers);
    return `  line [${ratios.map(({ figures }) => figures['wall, of the script’s'].median.toFixed(2)).join(', ')}]`;
  });
  return [
    '```mermaid',
    'xychart-beta',
    `  title "Time of a rollout, as a multiple of the plain script's: ${WORKERS.join(', ')} workers"`,
    `  x-axis "instances" [${SIZES.map((size) => `"${size}"`).join(', ')}]`,
    '  y-axis "times the script"',
    ...lines,
    '```',
  ];
}
