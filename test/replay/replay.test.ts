import { Worker } from '@temporalio/worker';
import { expect, it } from 'vitest';
import { addCounters, type Counters } from '../measure/counters.js';
import { countShared, coverageSinks } from '../measure/from-workflows.js';
import { bundleMeasured } from '../measure/measured-bundle.js';
import '../support/world.js';
import { type Recorded, readRecorded, recordedNames } from './corpus.js';
import { notReplayed } from './not-replayed.js';

const names = await recordedNames();
const recorded = await Promise.all(names.map(readRecorded));
const code = await bundleMeasured();

/** What has gone wrong with each of them, in their order. @param counters - counts what they go through */
async function replay(histories: readonly Recorded[], counters: Counters): Promise<(Error | undefined)[]> {
  const errors: (Error | undefined)[] = [];
  const sinks = coverageSinks((more) => {
    addCounters(counters, more);
    countShared(more);
  });
  const results = Worker.runReplayHistories({ workflowBundle: { code }, sinks }, histories);
  for await (const { error } of results) errors.push(error);
  return errors;
}

/** A history in which other activities were scheduled; or another batch, where there are none. */
function withAnotherCommand({ workflowId, history }: Recorded): Recorded | undefined {
  const text = JSON.stringify(history);
  const changed = [/"activityType":\{"name":"\w+"/g, /"workflowType":\{"name":"imdsRolloutBatch"/g]
    .map((command) => text.replaceAll(command, (found) => found.replace(/"\w+"$/, '"another"')))
    .find((other) => other !== text);
  return changed === undefined ? undefined : { workflowId, history: JSON.parse(changed) };
}

const counters: Counters = {};
const errors = await replay(recorded, counters);

it.each(names.map((name, at) => [name, errors[at]]))('replays %s', (_, error) => {
  expect(error).toBeUndefined();
});

it('goes through all code of the workflows', () => {
  // What stands here has no history that goes through it: record one in test/replay/record, with `npm run histories`;
  // or say in excuses.ts why there can be none.
  expect(notReplayed(counters)).toEqual([]);
});

it('would notice another command', async () => {
  const changed = recorded.flatMap((one, at) => {
    const other = withAnotherCommand(one);
    return other === undefined ? [] : [{ name: names[at], other }];
  });
  const unnoticed = await replay(
    changed.map(({ other }) => other),
    {},
  );
  expect(changed.length).toBeGreaterThan(names.length / 2);
  expect(changed.filter((_, at) => !/TMPRL1100|[Nn]ondeterminism/.test(String(unnoticed[at])))).toEqual([]);
});
