import { expect, test } from 'vitest';
import type { HealthCheck } from '../../src/rollout/health.js';
import { groupWatched } from '../../src/rollout/watch-groups.js';
import { target } from './builders.js';

const STATUS: HealthCheck = { kind: 'status' };
const HTTP: HealthCheck = { kind: 'http', url: 'http://{publicIpAddress}/', expect: 'same' };

const member = (name: string, stage = 'rest') => ({ stage, target: target(name) });

test('instances that are looked at alike stand in one group, by the last part of their ARN', () => {
  const groups = groupWatched([member('a'), member('b')], () => ({ checks: [STATUS] }));
  expect(groups).toEqual([
    { stage: 'rest', desired: { httpTokens: 'required' }, checks: [STATUS], ids: ['Instance/a', 'Instance/b'] },
  ]);
});

test('another stage, other wanted options or another code before make another group', () => {
  const hops = { stage: 'rest', target: target('c', { desired: { httpPutResponseHopLimit: 2 } }) };
  const members = [member('a'), member('b', 'canary'), hops, member('d'), member('e')];
  const codes: Record<string, readonly (number | null)[]> = { d: [null, 204], e: [null, 204] };
  const groups = groupWatched(members, (arn) => ({
    checks: [STATUS, HTTP],
    codes: codes[arn.slice(-1)],
  }));
  expect(groups.map(({ ids, checks }) => [ids.join(), checks[1]])).toEqual([
    ['Instance/a', HTTP],
    ['Instance/b', HTTP],
    ['Instance/c', HTTP],
    ['Instance/d,Instance/e', { ...HTTP, expect: 204 }],
  ]);
});
