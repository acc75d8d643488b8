import { z } from 'zod';
import { specJsonSchema } from '../../src/rollout/spec.js';

interface Node {
  readonly description?: string | undefined;
  readonly type?: unknown;
  readonly enum?: readonly unknown[] | undefined;
  readonly const?: unknown;
  readonly default?: unknown;
  readonly pattern?: string | undefined;
  readonly format?: string | undefined;
  readonly minimum?: number | undefined;
  readonly maximum?: number | undefined;
  readonly required?: readonly string[] | undefined;
  readonly properties?: Readonly<Record<string, Node>> | undefined;
  readonly items?: Node | undefined;
  readonly anyOf?: readonly Node[] | undefined;
}

const node: z.ZodType<Node> = z.looseObject({
  description: z.string().optional(),
  enum: z.array(z.unknown()).optional(),
  pattern: z.string().optional(),
  format: z.string().optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  required: z.array(z.string()).optional(),
  get properties() {
    return z.record(z.string(), node).optional();
  },
  get items() {
    return node.optional();
  },
  get anyOf() {
    return z.array(node).optional();
  },
});

/** Shapes that occur in many places, explained once. */
const NAMED: readonly (readonly [string, (schema: Node) => boolean])[] = [
  ['duration', ({ pattern }) => pattern?.includes('(ms|s|m|h|d)') ?? false],
  ['selector', ({ properties }) => properties !== undefined && Object.keys(properties).join() === 'names,tags'],
  ['date', ({ format }) => format === 'date'],
  ['HH:MM', ({ pattern }) => pattern?.includes('[0-5]\\d$') ?? false],
];

const HEAD = `# The rollout spec

YAML or JSON. This page is made from the schema that \`imds-rollout schema\` prints and \`validate\` checks by. \`imds-rollout init\` writes one to begin with, with a note on every
field. Ten lines are enough:

\`\`\`yaml
name: require-imdsv2
options: { httpTokens: required }
targets: { regions: [us-east-1, eu-west-1] }
\`\`\`

\`\`\`sh
imds-rollout validate rollout.yaml
\`\`\`

| word     | is                                                                                                                     |
| -------- | ---------------------------------------------------------------------------------------------------------------------- |
| duration | a number with its unit: \`500ms\`, \`30s\`, \`15m\`, \`7h\`, \`2d\`                                                             |
| selector | \`names\`: a list of globs, any of them; \`tags\`: all of the keys, each value a glob or a list of globs; with both, both |
| glob     | \`*\` is any text, \`?\` any character                                                                                     |
| date     | \`2027-03-01\`                                                                                                           |

An instance with the tag \`imds-rollout: skip\` is left alone, whatever the spec says.
`;

/** The reference of the spec as Markdown, from its JSON Schema. */
export function specReference(): string {
  const schema = node.parse(specJsonSchema());
  const sections = Object.entries(schema.properties ?? {}).flatMap(([name, field]) =>
    section(name, field, schema.required?.includes(name) ?? false),
  );
  return `${HEAD}\n${sections.join('\n')}\n`;
}

function section(name: string, field: Node, isRequired: boolean): string[] {
  const rows = fieldsBelow(field, '');
  const facts = [
    typeOf(field),
    isRequired ? 'needed' : hasDefault(field) ? `default ${code(field.default)}` : 'may be left out',
  ];
  const table =
    rows.length === 0
      ? []
      : ['| field | value | default | |', '|---|---|---|---|', ...rows.map((row) => `| ${row.join(' | ')} |`), ''];
  return [`## ${name}`, '', `${field.description ?? ''} (${facts.join('; ')})`.trim(), '', ...table];
}

/** The rows of what is below a field: of an object its members, of a list those of one entry. */
function fieldsBelow(field: Node, prefix: string): string[][] {
  const shape = objectOf(field);
  if (shape === undefined || isNamed(shape)) return [];
  return Object.entries(shape.properties ?? {}).flatMap(([name, member]) => {
    const path = `${prefix}${name}`;
    const isRequired = shape.required?.includes(name) ?? false;
    const row = [
      `\`${path}\``,
      cell(typeOf(member)),
      isRequired ? 'needed' : defaultOf(member),
      member.description ?? '',
    ];
    return [row, ...fieldsBelow(member, `${path}${member.items === undefined ? '.' : '[].'}`)];
  });
}

function objectOf(field: Node): Node | undefined {
  const candidates = [field, field.items, ...(field.anyOf ?? [])];
  return candidates.find((each) => each?.properties !== undefined);
}

function typeOf(field: Node): string {
  const named = NAMED.find(([, fits]) => fits(field));
  if (named !== undefined) return named[0];
  if (field.enum !== undefined) return field.enum.map(code).join(', ');
  if (field.const !== undefined) return code(field.const);
  if (field.anyOf !== undefined) return field.anyOf.map(typeOf).join(', or ');
  if (field.items !== undefined) return `list of ${typeOf(field.items)}`;
  if (field.properties !== undefined) return 'object';
  if (field.type === 'boolean') return '`true`, `false`';
  if (field.type === 'integer') return range(field);
  return Array.isArray(field.type) ? 'number or text' : 'text';
}

function range({ minimum = 0, maximum = Number.MAX_SAFE_INTEGER }: Node): string {
  return maximum === Number.MAX_SAFE_INTEGER ? `number from ${minimum}` : `number from ${minimum} to ${maximum}`;
}

function isNamed(field: Node): boolean {
  return NAMED.some(([, fits]) => fits(field));
}

function hasDefault(field: Node): boolean {
  return field.default !== undefined && JSON.stringify(field.default) !== '{}';
}

function defaultOf(field: Node): string {
  return hasDefault(field) ? cell(code(field.default)) : '';
}

/** A value as it is written in a spec. */
function code(value: unknown): string {
  return `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}
