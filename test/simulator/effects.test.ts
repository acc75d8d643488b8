import { GetOperationCommand, UpdateInstanceMetadataOptionsCommand } from '@aws-sdk/client-lightsail';
import { describe, expect, it } from 'vitest';
import type { FaultInput } from '../../src/simulator/index.js';
import { openTestBed, ref, rejectionOf } from './support.js';

const UPDATE = 'UpdateInstanceMetadataOptions';
const RESET = { code: 'ECONNRESET' };
const UNREADABLE = { name: 'SyntaxError' };

interface EffectCase {
  readonly effect: FaultInput['effect'];
  readonly applied: boolean;
  /** What the client's call is rejected with; nothing when it succeeds. */
  readonly rejection?: object;
  readonly status: number | null;
  readonly logged: string;
}

const CASES: EffectCase[] = [
  {
    effect: { error: 'ServiceException' },
    applied: false,
    rejection: { name: 'ServiceException' },
    status: 500,
    logged: 'error',
  },
  { effect: { delayMs: 1 }, applied: true, status: 200, logged: 'delayMs' },
  { effect: { drop: true }, applied: false, rejection: RESET, status: null, logged: 'drop' },
  { effect: { drop: true, delayMs: 1 }, applied: false, rejection: RESET, status: null, logged: 'drop' },
  { effect: { applyThenDrop: true }, applied: true, rejection: RESET, status: null, logged: 'applyThenDrop' },
  { effect: { html502: true }, applied: false, rejection: UNREADABLE, status: 502, logged: 'html502' },
  { effect: { html502: true, applied: true }, applied: true, rejection: UNREADABLE, status: 502, logged: 'html502' },
  { effect: { emptyBody: true }, applied: true, status: 200, logged: 'emptyBody' },
  { effect: { emptyBody: true, applied: false }, applied: false, status: 200, logged: 'emptyBody' },
  { effect: { truncatedBody: true }, applied: true, rejection: UNREADABLE, status: 200, logged: 'truncatedBody' },
  {
    effect: { truncatedBody: true, applied: false },
    applied: false,
    rejection: UNREADABLE,
    status: 200,
    logged: 'truncatedBody',
  },
  { effect: { operationFailed: true }, applied: false, status: 200, logged: 'operationFailed' },
  { effect: { stuckPending: true }, applied: true, status: 200, logged: 'stuckPending' },
  { effect: { revertAfterMs: 100 }, applied: true, status: 200, logged: 'revertAfterMs' },
  { effect: { unhealthy: true }, applied: true, status: 200, logged: 'unhealthy' },
  { effect: { tokenless: 5 }, applied: true, status: 200, logged: 'tokenless' },
  { effect: { tokenless: null }, applied: true, status: 200, logged: 'tokenless' },
];

describe.each(CASES)('the effect $effect on an update', ({ effect, applied, rejection, status, logged }) => {
  it(`${applied ? 'applies' : 'does not apply'} it, and strikes once if told so`, async () => {
    const bed = await openTestBed({ faults: [{ operation: UPDATE, times: 1, effect }] });
    const call = bed.update({ httpTokens: 'required' });
    if (rejection) expect(await rejectionOf(call)).toMatchObject(rejection);
    else await call;
    const tokens = bed.state.instance(ref('web-1'))?.metadataOptions?.httpTokens;
    expect(tokens).toBe(applied ? 'required' : 'optional');
    await bed.update({ httpTokens: 'required', httpPutResponseHopLimit: 2 });
    expect((await bed.read('web-1'))?.metadataOptions).toMatchObject({ state: 'applied', httpPutResponseHopLimit: 2 });
    expect(bed.state.calls({ operation: UPDATE })).toMatchObject([
      { effect: logged, status },
      { effect: null, status: 200, error: null },
    ]);
  });
});

describe('an effect on the update of an unknown instance', () => {
  it.each(CASES.filter(({ applied }) => applied))('$effect is logged with the refusal', async ({ effect, logged }) => {
    const bed = await openTestBed({ faults: [{ operation: UPDATE, effect }] });
    await rejectionOf(bed.update({ instanceName: 'no-one' }));
    expect(bed.state.calls()).toMatchObject([{ effect: logged, error: 'NotFoundException' }]);
  });
});

describe('what a read gives after an effect', () => {
  it('emptyBody resolves to a result without an instance', async () => {
    const bed = await openTestBed({ faults: [{ effect: { emptyBody: true } }] });
    expect(await bed.read('web-1')).toBeUndefined();
  });

  it('operationFailed is a Failed operation inside a reply of HTTP 200, which can be read again', async () => {
    const bed = await openTestBed({ faults: [{ effect: { operationFailed: true } }] });
    const client = bed.client();
    const failed = { status: 'Failed', isTerminal: true, errorCode: 'OperationFailure' };
    const { operation } = await client.send(new UpdateInstanceMetadataOptionsCommand({ instanceName: 'web-1' }));
    expect(operation).toMatchObject({ ...failed, errorDetails: expect.stringMatching(/\w/) });
    const again = await client.send(new GetOperationCommand({ operationId: operation?.id }));
    expect(again.operation).toMatchObject(failed);
  });

  it('stuckPending stays pending for ever, until another update', async () => {
    const bed = await openTestBed({ faults: [{ times: 1, effect: { stuckPending: true } }] });
    await bed.update({ httpTokens: 'required' });
    bed.advance(365 * 86_400_000);
    expect((await bed.read('web-1'))?.metadataOptions).toMatchObject({ state: 'pending', httpTokens: 'required' });
    await bed.update({ httpTokens: 'required' });
    expect((await bed.read('web-1'))?.metadataOptions?.state).toBe('applied');
  });

  it('revertAfterMs is applied, and then has its old values back, also as the ground of the next update', async () => {
    const bed = await openTestBed({
      pending: { min: 50, max: 50 },
      faults: [{ times: 1, effect: { revertAfterMs: 100 } }],
    });
    await bed.update({ httpTokens: 'required', httpPutResponseHopLimit: 5 });
    bed.advance(149);
    expect((await bed.read('web-1'))?.metadataOptions).toMatchObject({ state: 'applied', httpTokens: 'required' });
    bed.advance(1);
    expect((await bed.read('web-1'))?.metadataOptions).toMatchObject({ state: 'applied', httpTokens: 'optional' });
    await bed.update({ httpTokens: 'required' });
    expect((await bed.read('web-1'))?.metadataOptions).toMatchObject({ httpPutResponseHopLimit: 1 });
  });

  it('delayMs holds the reply back, but not the change', async () => {
    const bed = await openTestBed({ faults: [{ operation: UPDATE, effect: { delayMs: 60_000 } }] });
    const aborted = new AbortController();
    const input = { instanceName: 'web-1', httpTokens: 'required' } as const;
    const call = bed.client().send(new UpdateInstanceMetadataOptionsCommand(input), { abortSignal: aborted.signal });
    const rejected = rejectionOf(call);
    while (bed.state.calls().length === 0) await new Promise(setImmediate);
    expect((await bed.read('web-1'))?.metadataOptions?.httpTokens).toBe('required');
    aborted.abort();
    expect(await rejected).toMatchObject({ name: 'AbortError' });
  });
});
