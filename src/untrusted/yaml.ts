import { type Alias, Composer, type CST, type Document, LineCounter, Parser, visit } from 'yaml';
import { MAX_DEPTH } from './depth.js';

/** The composer compares each key of a map with all before it: a hundred thousand would take minutes. */
const MAX_KEYS = 5_000;
/** A fault may quote the line that it is in. */
const MAX_MESSAGE = 200;

/** What keeps a text from being read, and where. */
interface YamlFault {
  readonly message: string;
  /** Characters from the beginning; missing where it is the text as a whole. */
  readonly offset?: number;
}

export type YamlReading =
  | {
      readonly ok: true;
      readonly value: unknown;
      readonly contents: Document['contents'];
      readonly lines: LineCounter;
    }
  | { readonly ok: false; readonly faults: readonly YamlFault[]; readonly lines: LineCounter };

/**
 * Reads one document of YAML, or of JSON, which is YAML too. Whatever the text is, it ends soon and never throws: depth,
 * aliases that multiply and aliases that lead round in a circle are refused.
 */
export function readYamlDocument(text: string): YamlReading {
  const lines = new LineCounter();
  const refuse = (faults: readonly YamlFault[]): YamlReading => ({ ok: false, faults, lines });
  const tokens = [...new Parser(lines.addNewLine).parse(text)];
  const tooMuch = findTooMuch(tokens);
  if (tooMuch !== undefined) return refuse([tooMuch]);
  // Silent on the process's own stderr; what it has to say is in the document.
  const composer = new Composer({ logLevel: 'error', prettyErrors: false });
  const [document, second] = [...composer.compose(tokens, true, text.length)];
  if (document === undefined) return { ok: true, value: null, contents: null, lines };
  const faults = [...document.errors, ...document.warnings];
  if (faults.length > 0)
    return refuse(faults.map(({ message, pos: [offset] }) => ({ message: message.slice(0, MAX_MESSAGE), offset })));
  if (second !== undefined) {
    return refuse([{ message: 'has a second document (---): give each a file of its own', offset: second.range[0] }]);
  }
  const alias = findBadAlias(document);
  if (alias !== undefined) return refuse([alias]);
  try {
    return { ok: true, value: document.toJS(), contents: document.contents, lines };
  } catch (error) {
    // What is left are aliases of aliases, which stand for more than memory can hold.
    const message = error instanceof Error ? error.message : String(error);
    return refuse([{ message: `can't be read (${message}): write out what its aliases stand for` }]);
  }
}

/**
 * Where there is more than can be composed, found without a call for each level: the composer makes one, and a few
 * thousand take the process with them.
 */
function findTooMuch(tokens: readonly CST.Token[]): YamlFault | undefined {
  const open = tokens.map((token) => ({ token, depth: 0 }));
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { token, depth } = next;
    const { offset } = token;
    if (depth > MAX_DEPTH)
      return { message: `is nested more than ${MAX_DEPTH} levels deep: lay it out flatter`, offset };
    if (isMap(token) && token.items.length > MAX_KEYS) {
      return {
        message: `has ${token.items.length} keys, and may have ${MAX_KEYS}: leave out what isn't meant`,
        offset,
      };
    }
    for (const child of childrenOf(token)) open.push({ token: child, depth: depth + 1 });
  }
  return undefined;
}

function isMap(token: CST.Token): token is CST.BlockMap | CST.FlowCollection {
  return token.type === 'block-map' || (token.type === 'flow-collection' && token.start.type === 'flow-map-start');
}

function childrenOf(token: CST.Token): CST.Token[] {
  if (token.type === 'document') return token.value === undefined ? [] : [token.value];
  if (token.type !== 'block-map' && token.type !== 'block-seq' && token.type !== 'flow-collection') return [];
  return token.items.flatMap(({ key, value }) => [key ?? [], value ?? []].flat());
}

/** An alias of nothing, or of something that it is a part of itself. */
function findBadAlias(document: Document): YamlFault | undefined {
  let fault: YamlFault | undefined;
  visit(document, {
    Alias: (_, alias) => {
      fault = faultOf(alias, document);
      return fault === undefined ? undefined : visit.BREAK;
    },
  });
  return fault;
}

function faultOf(alias: Alias, document: Document): YamlFault | undefined {
  const offset = alias.range?.[0] ?? 0;
  const [from = 0, , to = 0] = alias.resolve(document)?.range ?? [];
  if (to === 0) return { message: `*${alias.source} stands for nothing: give its anchor before it`, offset };
  return offset >= from && offset < to
    ? { message: `*${alias.source} stands for something that it is a part of itself: write it out`, offset }
    : undefined;
}
