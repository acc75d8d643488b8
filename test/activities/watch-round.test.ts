import { createServer } from 'node:http';
import type { Instance } from '@aws-sdk/client-lightsail';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { readRound } from '../../src/activities/watch-round.js';
import type { Lightsail } from '../../src/lightsail/index.js';
import type { HealthCheck, WatchMode } from '../../src/rollout/health.js';
import { watchId } from '../../src/rollout/watch-groups.js';
import type { ScopeRound } from '../../src/rollout/watch-round.js';
import { type ActivityHere, activityHere } from '../support/activity-here.js';
import { ARN, lightsailOf, serviceError, shown } from '../support/fake-lightsail.js';
import { listen } from '../support/listen.js';

const ID = watchId(ARN);
const PASS = { verdict: 'pass', reason: '' };

interface Looked {
  readonly instances?: readonly Instance[];
  readonly getInstances?: Lightsail['getInstances'];
  readonly mode?: WatchMode;
  readonly checks?: readonly HealthCheck[];
  readonly here?: ActivityHere;
}

/** One round over web-7. */
async function look({
  instances = [shown()],
  getInstances = async () => ({ $metadata: {}, instances: [...instances] }),
  mode = 'after',
  checks = [{ kind: 'status' }],
  here = activityHere(),
}: Looked = {}): Promise<ScopeRound> {
  const settings = { probes: { allowPrivate: true }, taskQueues: ['mine'] };
  const group = { stage: 'canary', desired: { httpTokens: 'required' }, checks, ids: [ID] } as const;
  const input = {
    rollout: 'imds-rollout-prod',
    mode,
    interval: 50,
    failureThreshold: 3,
    scopes: [{ scope: { account: '111122223333', region: 'us-east-1' }, groups: [group], streaks: {} }],
  };
  const deps = { lightsail: () => lightsailOf({ getInstances }), settings };
  const [round] = await readRound(deps, input, here.context);
  if (round === undefined) throw new Error('no scope was read');
  return round;
}

const readingOf = async (looked: Looked) => (await look(looked)).readings.get(ID);

describe('an instance is judged', () => {
  it.each<[string, WatchMode, Partial<Instance>, unknown]>([
    ['once it has the wanted options', 'after', {}, PASS],
    ['though the API says nothing of its state', 'after', { state: {} }, PASS],
    [
      'not after a change of which no option can be read',
      'after',
      { metadataOptions: { state: 'applied' } },
      undefined,
    ],
    ['but before one it is', 'before', { metadataOptions: { state: 'applied' } }, PASS],
    ['not while its status checks do not apply', 'after', { systemStatus: { status: 'not-applicable' } }, undefined],
    ['nor before a change', 'before', { systemStatus: { status: 'not-applicable' } }, undefined],
  ])('%s (%s)', async (_, mode, changes, reading) => {
    expect(await readingOf({ mode, instances: [shown(changes)] })).toEqual(reading);
  });

  it('though the list has others without an ARN, or with another one', async () => {
    const { arn: _, ...nameless } = shown();
    const others = [nameless, shown({ arn: '' }), shown({ arn: `${ARN}8` })];
    const { readings } = await look({ instances: [...others, shown({ systemStatus: { status: 'impaired' } })] });
    expect([...readings]).toEqual([[ID, { verdict: 'fail', reason: 'the system status check says impaired' }]]);
  });
});

it('the codes of a round before the change have a place for each check, empty where it has none', async () => {
  const server = createServer((_, response) => response.writeHead(404).end());
  const port = await listen(server);
  const http = { kind: 'http', url: `http://{publicIpAddress}:${port}/`, expect: 'same' } as const;
  const { readings, codes } = await look({ mode: 'before', checks: [{ kind: 'status' }, http] });
  expect(readings.get(ID)).toEqual(PASS);
  expect([...codes]).toEqual([[ID, [null, 404]]]);
});

it.each([
  [{ publicIpAddress: '198.51.100.7' }, '198.51.100.7'],
  [{ publicIpAddress: '', ipv6Addresses: ['2001:db8::1'] }, null],
])("the user's check is told of the public IPv4 address, or that there is none: %j", async (changes, told) => {
  const calls: unknown[] = [];
  const start = async (_: string, { args: [call] }: { args: readonly unknown[] }) => {
    calls.push(call);
    return { result: async () => [PASS] };
  };
  const here = activityHere({ client: { workflow: { start } } });
  const checks = [{ kind: 'activity', type: 'myCheck', taskQueue: 'mine' }] as const;
  expect(await readingOf({ here, checks, instances: [shown(changes)] })).toEqual(PASS);
  expect(calls).toMatchObject([{ input: { targets: [{ name: 'web-7', publicIpAddress: told }] } }]);
});

describe('a list that can not be read', () => {
  it('leaves everybody inconclusive, with the reason', async () => {
    expect(await readingOf({ getInstances: () => Promise.reject(serviceError('AccessDeniedException')) })).toEqual({
      verdict: 'inconclusive',
      reason: 'AccessDeniedException: no',
    });
  });

  it('in four minutes is not waited for any longer', async () => {
    const clock = new AbortController();
    const timeout = vi.spyOn(AbortSignal, 'timeout').mockReturnValue(clock.signal);
    onTestFinished(() => timeout.mockRestore());
    const reading = await readingOf({
      getInstances: (_, call) =>
        new Promise((_resolve, reject) => {
          call?.abortSignal?.addEventListener('abort', () => reject(serviceError('AbortError')));
          clock.abort(new DOMException('it is over', 'TimeoutError'));
        }),
    });
    expect(timeout).toHaveBeenCalledWith(240_000);
    expect(reading).toEqual({
      verdict: 'inconclusive',
      reason: 'Lightsail gave no whole list of us-east-1 within 4 minutes',
    });
  });

  it('since the watch has ended already, is not asked for', async () => {
    const here = activityHere();
    here.end({ cancelRequested: true });
    const getInstances = vi.fn();
    expect(await readingOf({ here, getInstances })).toMatchObject({ verdict: 'inconclusive' });
    expect(getInstances).not.toHaveBeenCalled();
  });
});
