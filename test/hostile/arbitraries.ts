import fc from 'fast-check';
import { verifyChecksum } from '../../src/rollout/checksum.js';

/**
 * Runs of each property. A few dozen keep CI quick; for a long search:
 * `FUZZ_RUNS=5000 npx vitest run test/hostile --testTimeout 3600000`
 */
const RUNS = Number(process.env.FUZZ_RUNS ?? 30);

/** Holds a property for hostile values; of what is costly, only a share of the runs is made. */
export async function holds<Ts>(property: fc.IRawProperty<Ts>, share = 1): Promise<void> {
  const details = await fc.check(property, { numRuns: Math.max(1, Math.round(RUNS * share)) });
  if (!details.failed) return;
  throw new Error(describeFailure(details), { cause: details.errorInstance });
}

/** A counterexample may be too deep to be shown; its seed and path find it again. */
function describeFailure<Ts>(details: fc.RunDetails<Ts>): string {
  try {
    return fc.defaultReportMessage(details) ?? '';
  } catch {
    return `failed with seed ${details.seed} and path ${details.counterexamplePath}, for a value too deep to be shown`;
  }
}

/** Each is an attack, or a word that JavaScript means something by. */
const ATTACKS = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' onmouseover='alert(1)",
  '&lt;b&gt; &#60; &quot;',
  '</title></style></textarea></svg>-->]]>',
  '[click](http://evil.example) ![x](//evil.example/y.png)',
  'see http://evil.example/?q=1 or www.evil.example',
  '| a | b |\n| - | - |',
  '```\n# heading\n```',
  '- item', // The beginning of a list, of which there are more kinds.
  '1. item',
  '===',
  '    code',
  '<!-- --> <details open>',
  '\\',
  'a\\|b`c`d*e*_f_~g~',
  "=cmd|'/C calc'!A0",
  '+1+1',
  '-2+3',
  '@SUM(A1)',
  '\t=1',
  '\r=1',
  'a,"b";c\r\nd',
  '\u001b[2J\u001b[31mred\u001b[0m',
  '\u001b]8;;http://evil.example\u0007link\u001b]8;;\u0007',
  '\u001b]52;c;ZXZpbA==\u001b\\',
  '\u009b31mC1\u009c',
  '\u202egnp.exe\u2066\u200f\u061c',
  'one\u2028two\u2029three\u0085four',
  '\u0000\u0007\b\u007f',
  'half \ud83d of a pair',
  '\udc00\ud800',
  '東京🎉e\u0301\u200d',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it must not be a template.
  '${1+1} {{x}} %s %00 $& $1',
  '../../../etc/passwd',
  'null',
  'NaN',
  'x'.repeat(5_000),
  '\u001b'.repeat(400),
  '"'.repeat(400),
  ' ',
  '',
] as const;

const attack = fc.constantFrom(...ATTACKS);

/** Text that nobody would choose who means well. */
export const hostileText: fc.Arbitrary<string> = fc.oneof(
  { arbitrary: attack, weight: 6 },
  { arbitrary: fc.tuple(attack, attack).map(([one, other]) => `${one} ${other}`), weight: 2 },
  { arbitrary: fc.string({ unit: 'binary', maxLength: 40 }), weight: 1 },
  {
    arbitrary: fc.string({
      unit: fc.constantFrom(...'\u001b\u202e\ud800\n\r\t|`<>&"\'=+-@[]()*_#~\\ a1.'),
      maxLength: 30,
    }),
    weight: 3,
  },
);

/** The same, but never empty and no two alike: shown where a benign text could stand as well. */
function hostileTexts(count: number): fc.Arbitrary<string[]> {
  const shown = hostileText.filter((text) => text.trim() !== '');
  return fc.uniqueArray(shown, { minLength: count, maxLength: count });
}

const NAMES_OF_OBJECT = ['__proto__', 'constructor', 'prototype', 'toString', 'valueOf', 'toJSON', 'then', 'length'];

const key = fc.oneof(fc.constantFrom(...NAMES_OF_OBJECT), hostileText);

/** As `JSON.parse` makes objects: a key `__proto__` is one like any other. */
function objectOf(entries: readonly (readonly [string, unknown])[]): object {
  return Object.fromEntries(entries);
}

const scalar = fc.oneof(
  hostileText,
  fc.constantFrom(null, true, false, 0, -1, 0.5, 1e308, -1e308, Number.MAX_SAFE_INTEGER + 2),
  fc.integer(),
);

/** So deep that whoever calls himself for each level has no stack left. */
export function deep(levels: number, end: unknown = 1): unknown {
  let value = end;
  for (let level = 0; level < levels; level += 1) value = level % 2 === 0 ? [value] : { a: value };
  return value;
}

/** Any JSON, of the wrong type as often as not; some of it deep, some of it long. */
export const hostileJson: fc.Arbitrary<unknown> = fc.oneof(
  { arbitrary: scalar, weight: 18 },
  { arbitrary: fc.array(scalar, { maxLength: 4 }), weight: 6 },
  { arbitrary: fc.array(fc.tuple(key, scalar), { maxLength: 4 }).map(objectOf), weight: 12 },
  { arbitrary: fc.constantFrom([], {}, [[]], [null], [{}]), weight: 3 },
  { arbitrary: fc.constant(null).map(() => deep(20_000)), weight: 1 },
  { arbitrary: fc.constant(null).map(() => Array.from({ length: 3_000 }, (_, index) => index)), weight: 1 },
);

type Path = readonly (string | number)[];

/** The place of every value within a value, its own included. */
function pathsIn(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  const within = Array.isArray(value)
    ? value.flatMap((each, index) => pathsIn(each, [...path, index]))
    : Object.entries(value).flatMap(([name, each]) => pathsIn(each, [...path, name]));
  return [path, ...within];
}

type Change =
  | { readonly kind: 'replace'; readonly by: unknown }
  | { readonly kind: 'remove' }
  | { readonly kind: 'add'; readonly name: string; readonly by: unknown };

const change: fc.Arbitrary<Change> = fc.oneof(
  { arbitrary: fc.record({ kind: fc.constant('replace' as const), by: hostileJson }), weight: 4 },
  { arbitrary: fc.constant({ kind: 'remove' } as const), weight: 2 },
  { arbitrary: fc.record({ kind: fc.constant('add' as const), name: key, by: hostileJson }), weight: 1 },
);

/** A value as it was, with something else at one place. */
function changeAt(value: unknown, path: Path, what: Change): unknown {
  const [first, ...rest] = path;
  if (first === undefined) {
    if (what.kind === 'replace') return what.by;
    if (what.kind === 'remove') return undefined;
    if (Array.isArray(value)) return [...value, what.by];
    return typeof value === 'object' && value !== null
      ? objectOf([...Object.entries(value), [what.name, what.by]])
      : what.by;
  }
  if (Array.isArray(value)) {
    return value.flatMap((each, index) => {
      if (index !== first) return [each];
      const changed = changeAt(each, rest, what);
      return changed === undefined ? [] : [changed];
    });
  }
  if (typeof value !== 'object' || value === null) return value;
  return objectOf(
    Object.entries(value).flatMap(([name, each]) => {
      if (name !== first) return [[name, each] as const];
      const changed = changeAt(each, rest, what);
      return changed === undefined ? [] : [[name, changed] as const];
    }),
  );
}

/**
 * A valid value with one to three places of it replaced, removed, or added to: nearly valid, so that it comes further into
 * a parser than any random JSON.
 */
function mutated(valid: unknown): fc.Arbitrary<unknown> {
  const paths = pathsIn(valid);
  const step = fc.tuple(fc.nat(paths.length - 1), change);
  return fc
    .array(step, { minLength: 1, maxLength: 3 })
    .map((steps) => steps.reduce((value, [index, what]) => changeAt(value, paths[index] ?? [], what) ?? null, valid));
}

/** A valid value with one edit: one place replaced, removed or added to, so that it says something else. */
export function edited(valid: unknown): fc.Arbitrary<unknown> {
  const paths = pathsIn(valid);
  const { actual } = verifyChecksum({ value: valid });
  return fc
    .tuple(fc.nat(paths.length - 1), change)
    .map(([index, what]) => changeAt(valid, paths[index] ?? [], what) ?? null)
    .filter((value) => verifyChecksum({ value }).actual !== actual);
}

/** Whatever a value is: with the checksum of its content, as far as it can have one. */
export function rewritten(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const { sha256: _, ...content }: { sha256?: unknown } = { ...value };
  return { ...content, sha256: verifyChecksum(content).actual };
}

/** A mutated value, or none that has anything to do with a valid one. */
export function nearly(valid: unknown): fc.Arbitrary<unknown> {
  return fc.oneof({ arbitrary: mutated(valid), weight: 9 }, { arbitrary: hostileJson, weight: 1 });
}

/** The same as text, which `JSON.stringify` can't write where it is deep. */
export function jsonText(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch {
    return `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
  }
}

/** Members whose words are ours: the types let nothing else in. */
const CLOSED =
  /^(hash|for|phase|kind|ended|state|status|mode|format|posture|answered|step|key|change|verdict|http(Tokens|Endpoint|ProtocolIpv6)|revert|onTimeout|stopped|expect)$/;

const ISO_TIME = /^\d{4}-\d\d-\d\dT/;

/**
 * A value in which every free text is replaced, time and words of ours apart.
 *
 * @param textOf - the text for a place, by its number
 */
function withTexts<Value>(value: Value, textOf: (place: number) => string): Value {
  let place = 0;
  return JSON.parse(JSON.stringify(value), (name, each: unknown) =>
    typeof each !== 'string' || CLOSED.test(name) || ISO_TIME.test(each) ? each : textOf(place++),
  );
}

/** A value whose free texts are hostile, and the same with benign ones at the same places. */
export function dressed<Value>(value: Value): fc.Arbitrary<{ readonly hostile: Value; readonly benign: Value }> {
  return hostileTexts(7).map((texts) => ({
    hostile: withTexts(value, (place) => texts[place % texts.length] ?? ''),
    benign: withTexts(value, (place) => `benign${place % texts.length}`),
  }));
}
