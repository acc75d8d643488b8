import { ticksBetween } from '../time.js';
import { type Band, describeTimeline, type Line, type Timeline } from '../timeline.js';
import { html, type Markup, NONE } from './markup.js';

const WIDTH = 1_060;
const LEFT = 46;
const RIGHT = 110;
const LANE = 22;
const HEIGHT = 170;
const INNER = WIDTH - LEFT - RIGHT;
/** Ticks that fit. */
const MOST_TICKS = 9;
/** A line of text is so high. */
const LABEL = 15;
/** About as wide as a letter is, in 12 px. */
const LETTER = 6.4;

const CLASSES = { changed: 'changed', failed: 'failed', 'taken back': 'back' } as const satisfies Record<
  Line['name'],
  string
>;

/** Stages, holds, and how many instances were changed, failed or taken back by when; drawn, and in words. */
export function renderPlot(timeline: Timeline): Markup {
  const { from, to, lines, stages, holds, marks } = timeline;
  const x = (at: number) => LEFT + (Math.min(to, Math.max(from, at)) - from) * (INNER / (to - from));
  const holdLanes = lanesOf(holds);
  const laneCount = (stages.length > 0 ? 1 : 0) + holdLanes.length;
  const top = 8 + laneCount * LANE + 10;
  const bottom = top + HEIGHT;
  const most = Math.max(1, ...lines.map(({ times }) => times.length));
  const y = (count: number) => bottom - (count / most) * HEIGHT;
  const ends = spreadLabels(lines.map(({ times }) => y(times.length)));
  return html`<svg viewBox="0 0 ${WIDTH} ${bottom + 40}" role="img" aria-labelledby="plot-title plot-words" xmlns="http://www.w3.org/2000/svg">
<title id="plot-title">Changes and failures over time</title>
<desc id="plot-words">${describeTimeline(timeline)}</desc>
${[...new Set([0, Math.round(most / 2), most])].map(
  (count) =>
    html`<line class="rule" x1="${LEFT}" x2="${LEFT + INNER}" y1="${y(count)}" y2="${y(count)}"/><text class="axis" x="${LEFT - 8}" y="${y(count) + 4}" text-anchor="end">${count}</text>`,
)}
${ticksBetween(from, to, MOST_TICKS).map(
  ({ at, label }) =>
    html`<line class="rule" x1="${round(x(at))}" x2="${round(x(at))}" y1="${top}" y2="${bottom + 5}"/><text class="axis" x="${round(x(at))}" y="${bottom + 20}" text-anchor="middle">${label}</text>`,
)}
${stages.map((stage) => band(stage, 'band', 8, x))}
${holdLanes.flatMap((lane, index) => lane.map((hold) => band(hold, 'hold', 8 + (index + (stages.length > 0 ? 1 : 0)) * LANE, x)))}
${lines.map(({ name, times }, index) => {
  const style = CLASSES[name];
  return html`<path class="line ${style}" d="${steps(times, x, y, LEFT + INNER)}"/><text class="${style}" x="${LEFT + INNER + 8}" y="${round((ends[index] ?? 0) + 4)}">${times.length} ${name}</text>`;
})}
${marks.map(
  ({ at, label }) => html`<path class="mark" d="M${round(x(at))} ${bottom}l-4 8h8z"><title>${label}</title></path>`,
)}
</svg>`;
}

function band({ label, from, to }: Band, style: string, top: number, x: (at: number) => number): Markup {
  const left = round(x(from));
  const width = Math.max(2, round(x(to) - x(from)));
  const letters = Math.floor((width - 8) / LETTER);
  const text = label.length <= letters ? label : letters < 4 ? '' : `${label.slice(0, letters - 1)}…`;
  return html`<g><rect class="${style}" x="${left}" y="${top}" width="${width}" height="${LANE - 4}" rx="2"><title>${label}</title></rect>${
    text === '' ? NONE : html`<text x="${left + 4}" y="${top + 13}">${text}</text>`
  }</g>`;
}

/** Holds that overlap stand below each other. */
function lanesOf(bands: readonly Band[]): Band[][] {
  const lanes: Band[][] = [];
  for (const each of bands) {
    const free = lanes.find((lane) => (lane.at(-1)?.to ?? 0) <= each.from);
    if (free !== undefined) free.push(each);
    else if (lanes.length < 3) lanes.push([each]);
  }
  return lanes;
}

/** A line that goes up by one at each time; what is nearer together than half a pixel is drawn once. */
function steps(times: readonly number[], x: (at: number) => number, y: (count: number) => number, end: number): string {
  let path = `M${LEFT} ${round(y(0))}`;
  let drawn = Number.NEGATIVE_INFINITY;
  times.forEach((at, index) => {
    const here = x(at);
    const isLast = index === times.length - 1;
    if (here - drawn < 0.5 && !isLast) return;
    drawn = here;
    path += `H${round(here)}V${round(y(index + 1))}`;
  });
  return `${path}H${end}`;
}

/** Moves labels up that would stand over each other, or below the plot. */
function spreadLabels(tops: readonly number[]): number[] {
  const order = tops.map((top, index) => ({ top, index })).toSorted((a, b) => b.top - a.top);
  const moved: number[] = [];
  let last = Number.POSITIVE_INFINITY;
  for (const { top, index } of order) {
    last = Math.min(top, last - LABEL);
    moved[index] = last;
  }
  return moved;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
