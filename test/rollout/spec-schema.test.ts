import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { parseSpec, specJsonSchema } from '../../src/rollout/spec.js';
import { input, MINIMAL, refusalOf, TODAY, WHOLE } from './builders.js';

const SCHEMA = new URL('../../schema/rollout-spec.schema.json', import.meta.url).pathname;

/** What an editor says of a spec: the schema read back, since it must stand without this package. */
const editor = z.fromJSONSchema(JSON.parse(JSON.stringify(specJsonSchema())));
const isFine = (spec: unknown) => editor.safeParse(spec).success;

test('schema/rollout-spec.schema.json is the schema of the code', async () => {
  await expect(`${JSON.stringify(specJsonSchema(), null, 2)}\n`).toMatchFileSnapshot(SCHEMA);
});

test('it says what it is', () => {
  const { $schema, title, description } = specJsonSchema();
  expect($schema).toMatch(/^https:\/\/json-schema\.org\//);
  expect(title).toContain('lightsail-imds-rollout');
  expect(description).toMatch(/\w+ \w+/);
});

test('every field is described or says by its name and values what it is', () => {
  const { properties = {} } = z
    .looseObject({ properties: z.record(z.string(), z.looseObject({})) })
    .parse(specJsonSchema());
  expect(Object.keys(properties)).toEqual(Object.keys(WHOLE));
  expect(JSON.stringify(specJsonSchema())).not.toMatch(/\{\}(?!,"(type":"object"|anyOf"))/);
});

describe('an editor accepts', () => {
  test.each([
    ['the minimal spec', MINIMAL],
    ['the whole one', WHOLE],
    [
      'a number or a text as a size',
      input({
        stages: [
          { name: 'a', size: 3 },
          { name: 'b', size: '3' },
          { name: 'c', size: 'rest' },
        ],
      }),
    ],
    ['concurrency as a number', input({ concurrency: 5 })],
    ['evidence that is off', input({ evidence: 'off' })],
  ])('%s', (_, spec) => {
    expect(editor.safeParse(spec)).toMatchObject({ success: true });
    expect(refusalOf(spec)).toBe('accepted');
  });
});

describe('an editor marks', () => {
  const stages = (size: unknown, bake: unknown = '1h') => input({ stages: [{ name: 'rest', size, bake }] });
  test.each([
    ['an unknown field', input({ optoins: {} })],
    ['evidence that is neither off nor an object', input({ evidence: 'on' })],
    ['a lookback without a unit', input({ evidence: { lookback: 14 } })],
    ['a missing field', { name: 'a' }],
    ['empty options', input({ options: {} })],
    ['an empty selector', input({ targets: { regions: ['us-east-1'], include: {} } })],
    ['an availability zone', input({ targets: { regions: ['us-east-1a'] } })],
    ['concurrency 0', input({ concurrency: 0 })],
    ['a size of 0', stages(0)],
    ['a size of -1', stages('-1')],
    ['half a size', stages(1.5)],
    ['a size per an unknown key', stages('1 per zone')],
    ['a bake without a unit', stages('rest', '15')],
    ['a bake as a number', stages('rest', 15)],
    ['an unknown way to spread', input({ spread: ['app'] })],
    ['a date that is none', input({ exceptions: [{ names: ['a'], reason: 'b', until: 'soon' }] })],
  ])('%s', (_, spec) => {
    expect(isFine(spec)).toBe(false);
    expect(refusalOf(spec)).not.toBe('accepted');
  });
});

test('an editor never marks a size, a duration or an allowance that the check accepts', () => {
  const number = fc.oneof(
    fc.integer({ min: -2, max: 120_000 }),
    fc.double({ min: 0, max: 200, noNaN: true }).map((n) => n.toFixed(2)),
  );
  const text = fc
    .tuple(number, fc.constantFrom('', '%', 's', 'ms', 'd', ' per scope', ' per tag:a b', ' per zone'))
    .map((parts) => parts.join(''));
  const written = fc.oneof(
    fc.record({ size: text, bake: fc.constant('1h'), max: fc.constant(0) }),
    fc.record({ size: fc.constant('5'), bake: text, max: fc.constant(0) }),
    fc.record({ size: fc.constant('5'), bake: fc.constant('1h'), max: text }),
  );
  fc.assert(
    fc.property(written, ({ size, bake, max }) => {
      const stages = [
        { name: 'a', size, bake },
        { name: 'rest', size: 'rest' },
      ];
      const spec = input({ stages, failure: { max } });
      if (parseSpec(spec, TODAY).ok) expect(editor.safeParse(spec)).toMatchObject({ success: true });
    }),
    { numRuns: 200 },
  );
});
