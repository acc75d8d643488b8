import { quoteKey, suggest } from './problem.js';

/** What each member of a message has to be. */
const KINDS = {
  by: 'text',
  reason: 'text',
  stage: 'text',
  planHash: 'text',
  names: 'texts',
  arns: 'texts',
  count: 'flag',
  mode: ['halt', 'rollback'],
} as const satisfies Record<string, 'text' | 'texts' | 'flag' | readonly string[]>;

type Member = keyof typeof KINDS;

/** The members of each message that a person sends; all of them may be left out. */
export const MESSAGE_MEMBERS = {
  pause: ['by', 'reason'],
  resume: ['by', 'reason'],
  approve: ['by', 'reason', 'stage', 'planHash'],
  reject: ['by', 'reason', 'stage', 'planHash'],
  skipBake: ['by', 'reason'],
  revert: ['names', 'arns', 'count', 'by', 'reason'],
  abort: ['mode', 'by', 'reason'],
} as const satisfies Record<string, readonly Member[]>;

/** A message that a person sends to a run. */
export type MessageKind = keyof typeof MESSAGE_MEMBERS;

/** @example describeMembers('abort') // '{ mode?, by?, reason? }' */
export function describeMembers(kind: MessageKind): string {
  return `{ ${MESSAGE_MEMBERS[kind].map((member) => `${member}?`).join(', ')} }`;
}

/**
 * What is wrong with the form of a message, or undefined. Messages come from any client in any language, the Temporal UI
 * included; an unknown member is refused, since it may be a guard or a mode that is misspelt.
 *
 * @example malformed('abort', { Mode: 'rollback' }) // 'The message has an unknown member: "Mode" (did you mean "mode"?). …'
 */
export function malformed(kind: MessageKind, input: unknown): string | undefined {
  if (input === undefined || input === null) return undefined;
  if (typeof input !== 'object' || Array.isArray(input))
    return 'The message must be an object such as { "by": "ops", "reason": "…" }, or nothing.';
  const known: readonly Member[] = MESSAGE_MEMBERS[kind];
  const unknown: string[] = [];
  for (const [key, value] of Object.entries(input)) {
    const member = known.find((each) => each === key);
    if (member === undefined) {
      unknown.push(key);
      continue;
    }
    const why = wrongKind(member, value);
    if (why !== undefined) return why;
  }
  return unknown.length === 0 ? undefined : refuseMembers(kind, unknown);
}

/** Members that are named one by one; a message may have thousands. */
const NAMED = 3;

function refuseMembers(kind: MessageKind, unknown: readonly string[]): string {
  const named = unknown.slice(0, NAMED).map((key) => {
    const near = suggest(key, MESSAGE_MEMBERS[kind]);
    return `${quoteKey(key)}${near === undefined ? '' : ` (did you mean "${near}"?)`}`;
  });
  const more = unknown.length - named.length;
  const list = `${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
  const what = unknown.length === 1 ? 'an unknown member' : 'unknown members';
  return `The message has ${what}: ${list}. Known in ${kind}: ${MESSAGE_MEMBERS[kind].join(', ')}.`;
}

function wrongKind(member: Member, value: unknown): string | undefined {
  const kind = KINDS[member];
  if (kind === 'texts') return isTexts(value) ? undefined : `The message's "${member}" must be a list of texts.`;
  if (kind === 'flag') return typeof value === 'boolean' ? undefined : `${member} must be true or false.`;
  if (typeof value !== 'string') return `The message's "${member}" must be text.`;
  if (kind === 'text') return undefined;
  const words: readonly string[] = kind;
  return words.includes(value) ? undefined : `${member} must be ${words.join(' or ')}, not "${value.slice(0, 40)}".`;
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}
