import { describe, expect, it } from 'vitest';
import { describeMembers, MESSAGE_MEMBERS, type MessageKind, malformed } from '../../src/rollout/message-members.js';

const VALUES = {
  by: 'ann',
  reason: 'slow',
  stage: 'rest',
  planHash: 'a1',
  names: ['web-1'],
  arns: ['arn'],
  count: false,
  mode: 'rollback',
};
const KINDS = ['pause', 'resume', 'approve', 'reject', 'skipBake', 'revert', 'abort'] as const satisfies MessageKind[];

describe.each(KINDS)('%s', (kind) => {
  const known: readonly string[] = MESSAGE_MEMBERS[kind];

  it('is taken without an argument, and with each of its members', () => {
    for (const empty of [undefined, null, {}]) expect(malformed(kind, empty)).toBeUndefined();
    for (const [member, value] of Object.entries(VALUES)) {
      if (known.includes(member)) expect(malformed(kind, { [member]: value }), member).toBeUndefined();
    }
  });

  it('is refused with a member of another message, and says what it knows', () => {
    for (const [member, value] of Object.entries(VALUES)) {
      if (known.includes(member)) continue;
      const why = malformed(kind, { [member]: value }) ?? '';
      expect(why).toContain(`unknown member: "${member}"`);
      expect(why).toContain(`Known in ${kind}: ${known.join(', ')}.`);
    }
  });

  it('is refused with a misspelt member, and suggests the one that was meant', () => {
    for (const member of known) {
      for (const typo of [member.toUpperCase(), `${member[0]?.toUpperCase()}${member.slice(1)}`, `${member}s`]) {
        if (known.includes(typo)) continue;
        expect(malformed(kind, { [typo]: 'x' }), typo).toContain(`"${typo}" (did you mean "${member}"?)`);
      }
    }
  });

  it('is refused where it is no object, or a member is of another kind', () => {
    for (const input of ['please', 5, true, ['ops']]) expect(malformed(kind, input)).toContain('must be an object');
    for (const member of known) expect(malformed(kind, { [member]: 5 }), member).toContain(member);
  });

  it('names its members in its description', () => {
    for (const member of known) expect(describeMembers(kind)).toContain(`${member}?`);
  });
});

it('a message with many unknown members names a few of them', () => {
  const input = Object.fromEntries(Array.from({ length: 2_000 }, (_, index) => [`${'x'.repeat(200)}${index}`, 1]));
  const why = malformed('abort', input) ?? '';
  expect(why).toContain('and 1997 more. Known in abort: mode, by, reason.');
  expect(why.length).toBeLessThan(400);
});

it('a mode that there is not is refused with those that there are', () => {
  expect(malformed('abort', { mode: 'stop' })).toBe('mode must be halt or rollback, not "stop".');
});
