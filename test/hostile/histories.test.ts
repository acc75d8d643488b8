import type { Client } from '@temporalio/client';
import { defaultDataConverter, type Payload } from '@temporalio/common';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { reportCsv } from '../../src/cli/render/report/csv.js';
import { reportHtml } from '../../src/cli/render/report/html/page.js';
import { reportMarkdown } from '../../src/cli/render/report/markdown.js';
import { readReport, reportText } from '../../src/history/report/index.js';
import { readUndoFile } from '../../src/history/undo.js';
import { addChecksum } from '../../src/rollout/checksum.js';
import { parseUndoFile } from '../../src/rollout/undo-file.js';
import { recordedClient } from '../support/recorded-client.js';
import { holds, nearly } from './arbitraries.js';
import { answerOf } from './oracles.js';

/** How a history differs from the recorded one. */
interface Oddity {
  /** The payload, of those that are read, whose value is another one. */
  readonly payload: number;
  /** Chooses that value. */
  readonly seed: number;
  /** Events that are missing, by their place. */
  readonly missing: readonly number[];
}

const oddity: fc.Arbitrary<Oddity> = fc.record({
  payload: fc.nat(60),
  seed: fc.integer(),
  missing: fc.oneof({ arbitrary: fc.constant([]), weight: 3 }, fc.array(fc.nat(120), { maxLength: 4 })),
});

/** A client whose server has a recorded history, but for one payload and some events. */
function oddly(client: Client, { payload: odd, seed, missing }: Oddity): Client {
  const { payloadConverter } = defaultDataConverter;
  let read = 0;
  const fromPayload = (payload: Payload): unknown => {
    const value = payloadConverter.fromPayload<unknown>(payload);
    read += 1;
    return read - 1 === odd ? fc.sample(nearly(value), { seed, numRuns: 1 })[0] : value;
  };
  const loadedDataConverter = { ...defaultDataConverter, payloadConverter: { ...payloadConverter, fromPayload } };
  const getHandle = (...ids: Parameters<Client['workflow']['getHandle']>) => {
    const handle = client.workflow.getHandle(...ids);
    return {
      describe: () => handle.describe(),
      fetchHistory: async () => {
        const { events, ...history } = await handle.fetchHistory();
        // Without its first event it would be no history at all.
        return { ...history, events: events?.filter((_, place) => place === 0 || !missing.includes(place)) };
      },
    };
  };
  // Only what reading histories takes of a client is there.
  return {
    ...client,
    options: { ...client.options, loadedDataConverter },
    workflow: { getHandle, list: () => [] },
  } as unknown as Client;
}

const REFUSALS = ['HistoryGoneError', 'NothingToReportError', 'NothingToRollBackError', 'UnreadableHistoryError'];

describe('of a history with an odd or a missing part', () => {
  it.each([
    ['rolled-back-rollout', ['rolled-back-batch', 'rolled-back-restore']],
    ['approved-rollout', []],
    ['unhealthy-rollout', []],
    ['weighed-rollout', []],
    ['rollback', ['rollback-restore']],
    ['uploaded-rollback', []],
    ['made-plan', []],
  ])('a report says what is known, and every page of it can be written: %s', async (name, children) => {
    const { client, ref, outcome } = await recordedClient(name, children);
    await holds(
      fc.asyncProperty(oddity, async (odd) => {
        const read = () => readReport(oddly(client, odd), ref, () => Promise.resolve(outcome), '1.2.3');
        const report = await answerOf(read, REFUSALS);
        if (report === undefined) return;
        const sealed = addChecksum(report);
        expect(JSON.parse(reportText(sealed)).sha256).toBe(sealed.sha256);
        for (const render of [reportHtml, reportMarkdown, reportCsv]) expect(render(sealed)).not.toBe('');
      }),
    );
  });

  it.each([['rolled-back-rollout', ['rolled-back-batch', 'rolled-back-restore']]])(
    'what is taken back is what can be: %s',
    async (name, children) => {
      const { client, ref } = await recordedClient(name, children);
      await holds(
        fc.asyncProperty(oddity, async (odd) => {
          const undo = await answerOf(() => readUndoFile(oddly(client, odd), ref), REFUSALS);
          if (undo !== undefined) expect(parseUndoFile(JSON.parse(JSON.stringify(undo)))).toMatchObject({ ok: true });
        }),
      );
    },
  );
});
