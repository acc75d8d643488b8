import { describe, expect, it } from 'vitest';
import { type ApplyInput, createApply } from '../../src/activities/apply.js';
import { createRestore, type RestoreInput } from '../../src/activities/restore.js';
import { KEYS_UNAVAILABLE, type Lightsail, NamedError, SESSION_RENEWED } from '../../src/lightsail/index.js';
import type { ChangeRecord } from '../../src/rollout/change.js';
import { type ActivityHere, activityHere } from '../support/activity-here.js';
import { ARN, lightsailOf, serviceError, shown, TARGET } from '../support/fake-lightsail.js';

const settings = { timeout: 60_000, pollInterval: 5, maxErrors: 3 };

type Reply<Call extends 'getInstance' | 'updateInstanceMetadataOptions'> = Awaited<ReturnType<Lightsail[Call]>>;

interface Attempt {
  readonly answers?: Partial<Lightsail>;
  readonly here?: ActivityHere;
}

/** One instance, whose Updates take effect at once, and an attempt to change it. */
function attempt({ answers = {}, here = activityHere() }: Attempt = {}) {
  const updates: unknown[] = [];
  let tokens: string | undefined = 'optional';
  const read = async (): Promise<Reply<'getInstance'>> => ({
    $metadata: {},
    instance: shown({ metadataOptions: { httpTokens: tokens === 'required' ? tokens : 'optional', state: 'applied' } }),
  });
  const update: Lightsail['updateInstanceMetadataOptions'] = async (request) => {
    updates.push(request);
    tokens = request.httpTokens;
    return { $metadata: { requestId: 'request-1' }, operation: { status: 'Succeeded' } };
  };
  const lightsail = lightsailOf({ getInstance: read, updateInstanceMetadataOptions: update, ...answers });
  const apply = (input: Partial<ApplyInput> = {}) =>
    here.run(() => createApply(() => lightsail)({ target: TARGET, settings, ...input }));
  const restore = (input: Partial<RestoreInput> = {}) =>
    here.run(() => createRestore(() => lightsail)({ target: TARGET, settings, keepTokens: false, ...input }));
  return { ...here, apply, restore, updates, read };
}

it('a change that was begun is followed through errors after a cancellation, since nobody would try it again', async () => {
  const here = activityHere();
  let failures = 0;
  const { apply, updates, read } = attempt({
    here,
    answers: {
      getInstance: async () => {
        if (updates.length === 0) return read();
        here.end({ cancelRequested: true });
        failures += 1;
        if (failures < settings.maxErrors) throw serviceError('ServiceException');
        return read();
      },
    },
  });
  expect(await apply()).toMatchObject({
    outcome: { kind: 'changed' },
    wrote: true,
    sent: ['request-1', expect.anything()],
  });
  expect(failures).toBe(settings.maxErrors);
  expect(updates).toHaveLength(1);
});

it('a change that was begun fails after a cancellation too once its errors are used up, and says that it wrote', async () => {
  const here = activityHere();
  const { apply, updates, read } = attempt({
    here,
    answers: {
      getInstance: async () => {
        if (updates.length === 0) return read();
        here.end({ cancelRequested: true });
        throw serviceError('ServiceException', 'out of order');
      },
    },
  });
  await expect(apply()).rejects.toMatchObject({
    type: 'TargetFailed',
    details: [{ wrote: true, detail: 'failed 3 times, last with ServiceException: out of order' }],
  });
});

it.each([
  new NamedError(KEYS_UNAVAILABLE, 'the role can not be assumed'),
  serviceError('ExpiredTokenException', 'it has ended'),
  serviceError('UnrecognizedClientException', 'who are you'),
])('what is said of the keys ends the activity, charges nothing, and is told: %s', async (error) => {
  const { apply, told } = attempt({ answers: { getInstance: () => Promise.reject(error) } });
  expect(await apply({ settings: { ...settings, maxErrors: 1 } })).toEqual({
    held: true,
    refused: {
      account: '111122223333',
      region: 'us-east-1',
      isLapsed: error.name !== 'UnrecognizedClientException',
      why: `${error.name}: ${error.message}`,
    },
  });
  expect(told).toEqual([]);
});

it('after the write, what is said of the keys suspends the change with the rest of its time', async () => {
  const { apply, updates, read } = attempt({
    answers: {
      getInstance: async () => {
        if (updates.length === 0) return read();
        throw serviceError('ExpiredTokenException', 'it has ended');
      },
    },
  });
  expect(await apply({ settings: { ...settings, maxErrors: 1 } })).toMatchObject({
    wrote: true,
    suspended: { waited: expect.any(Number), accepted: true, errors: 0 },
    refused: { isLapsed: true },
    sent: [expect.any(String), expect.any(Number)],
  });
  expect(updates).toHaveLength(1);
});

it('an action that is refused is asked for again by a restore, for as long as it is told to', async () => {
  const denied = () => Promise.reject(serviceError('AccessDeniedException', 'not yours'));
  const { restore } = attempt({ answers: { getInstance: denied } });
  await expect(restore({ deniedFor: 60_000 })).rejects.toMatchObject({
    type: 'AccessDeniedException',
    nonRetryable: false,
  });
  await expect(restore()).rejects.toMatchObject({ type: 'TargetFailed' });
});

it('a session that is opened anew ends the attempt, and that is no error of the target', async () => {
  const { apply, told } = attempt({
    answers: { getInstance: () => Promise.reject(new NamedError(SESSION_RENEWED, 'the session has ended')) },
  });
  await expect(apply({ settings: { ...settings, maxErrors: 1 } })).rejects.toMatchObject({
    type: SESSION_RENEWED,
    nonRetryable: false,
  });
  expect(told).toEqual([]);
});

it.each([
  [{ errorCode: 'E7', errorDetails: 'try later' }, 'the operation failed: E7 try later'],
  [{}, 'the operation failed: no reason given'],
])('an Update whose operation failed is read back by the next attempt: %j', async (why, says) => {
  const { apply, told } = attempt({
    answers: {
      updateInstanceMetadataOptions: async () => ({
        $metadata: { requestId: 'request-2' },
        operation: { status: 'Failed', ...why },
      }),
    },
  });
  await expect(apply()).rejects.toMatchObject({
    type: 'OperationFailureException',
    nonRetryable: false,
    message: `us-east-1/web-7: OperationFailureException: ${says} (request request-2)`,
  });
  expect(told.at(-1)?.details).toMatchObject({ wrote: true, accepted: false, errors: 1, request: 'request-2' });
});

it('a restore that is cancelled before its write says so: its target was not taken back', async () => {
  const { want, restore, updates } = attempt();
  want({ cancelRequested: true });
  await expect(restore()).rejects.toMatchObject({ type: 'RestoreCancelled', nonRetryable: true });
  expect(updates).toEqual([]);
});

describe('an answer about another instance is an error of its call, and ends the target after a few', () => {
  const elsewhere = (part: string, by: string) => ({ arn: ARN.replace(part, by) });
  it.each([
    ['of another name', { name: 'Web-7' }, 'GetInstance of web-7 was answered with Web-7'],
    [
      'of another region',
      elsewhere('us-east-1', 'eu-west-1'),
      'an instance of another place, arn:aws:lightsail:eu-west-1',
    ],
    ['of another account', elsewhere('111122223333', '999988887777'), 'an instance of another place, arn:aws:'],
  ])('%s', async (_, changes, why) => {
    for (const how of ['apply', 'restore'] as const) {
      let heartbeatDetails: ChangeRecord | undefined;
      for (const type of ['WrongInstance', 'WrongInstance', 'TargetFailed']) {
        const here = activityHere({ info: { heartbeatDetails } });
        const getInstance: Lightsail['getInstance'] = async () => ({ $metadata: {}, instance: shown(changes) });
        const { told, updates, ...change } = attempt({ here, answers: { getInstance } });
        await expect(change[how]()).rejects.toMatchObject({
          type,
          nonRetryable: type === 'TargetFailed',
          message: expect.stringContaining(why),
        });
        expect(updates).toEqual([]);
        heartbeatDetails = told.map(({ details }) => details).findLast(isRecord);
      }
    }
  });

  it('of an Update, which is read back', async () => {
    const { apply, updates } = attempt({
      answers: {
        updateInstanceMetadataOptions: async () => ({ $metadata: {}, operation: { resourceName: 'web-8' } }),
      },
    });
    await expect(apply()).rejects.toMatchObject({
      type: 'WrongInstance',
      message: expect.stringContaining('the Update of web-7 was answered with an operation of web-8'),
    });
    expect(updates).toEqual([]);
  });
});

function isRecord(value: unknown): value is ChangeRecord {
  return typeof value === 'object' && value !== null && 'errors' in value;
}
