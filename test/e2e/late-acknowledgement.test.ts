import { setTimeout as delay } from 'node:timers/promises';
import { expect, it, type TestContext } from 'vitest';
import { FRESH } from '../../src/lightsail/index.js';
import { ONE_STAGE, roll } from '../support/rollouts.js';
import { type TestTemporal, temporal } from '../support/temporal.js';
import { createWorld, type World } from '../support/world.js';

/** The server acknowledges the first record of a write so late that its reading is out of date. */
function slowServer(meanwhile: () => void): TestTemporal {
  let isFirst = true;
  return {
    ...temporal(),
    nativeConnection: async () => {
      const connection = await temporal().nativeConnection();
      const { workflowService } = connection;
      const acknowledge = workflowService.recordActivityTaskHeartbeat.bind(workflowService);
      workflowService.recordActivityTaskHeartbeat = (async (request: Parameters<typeof acknowledge>[0]) => {
        const reply = await acknowledge(request);
        const isWrite = Buffer.from(request.details?.payloads?.[0]?.data ?? []).includes('"wrote":true');
        if (!isWrite || !isFirst) return reply;
        isFirst = false;
        meanwhile();
        await delay(FRESH + 50);
        return reply;
      }) as typeof acknowledge;
      return connection;
    },
  };
}

async function rollSlowly(onTestFinished: TestContext['onTestFinished'], meanwhile: (world: World) => void) {
  let isLate = false;
  const world: World = await createWorld({
    onTestFinished,
    fleet: 1,
    temporal: slowServer(() => {
      isLate = true;
      meanwhile(world);
    }),
  });
  const outcome = await roll(world, { ...ONE_STAGE, options: { httpTokens: 'required', httpPutResponseHopLimit: 2 } });
  expect(isLate).toBe(true);
  return { world, outcome };
}

it.concurrent('what was changed by hand while the server was slow to acknowledge is not written over', async ({
  onTestFinished,
}) => {
  const { world, outcome } = await rollSlowly(onTestFinished, ({ patch }) =>
    patch('web-1', { metadataOptions: { httpPutResponseHopLimit: 7 } }),
  );
  expect(outcome).toMatchObject({ result: { counts: { skipped: 1 } } });
  expect(world.updates()).toEqual([]);
});

it.concurrent('nothing changed meanwhile: it is sent once, on the new reading', async ({ onTestFinished }) => {
  const { world, outcome } = await rollSlowly(onTestFinished, () => undefined);
  expect(outcome).toMatchObject({ status: 'completed', result: { counts: { changed: 1 } } });
  expect(world.updates()).toHaveLength(1);
});

it.concurrent('what was deleted while the server was slow to acknowledge was never written', async ({
  onTestFinished,
}) => {
  const { world, outcome } = await rollSlowly(onTestFinished, ({ remove }) => remove('web-1'));
  expect(outcome).toMatchObject({ result: { counts: { skipped: 1 } } });
  expect(world.updates()).toEqual([]);
});
