import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseNames } from '../../src/cli/commands/bounds-flags.js';
import { parseHopLimit } from '../../src/cli/commands/option-flags.js';
import { parseRegions } from '../../src/cli/commands/reach-flags.js';
import { parsePort, parseRunId } from '../../src/cli/flags.js';
import { METRICS, resolveAddress } from '../../src/cli/listen-address.js';
import { readWorkerSettings, WEBHOOK_VARIABLE } from '../../src/cli/worker-config.js';
import { checkTiming, writtenTiming } from '../../src/client/schedule-timing.js';
import { parseDuration } from '../../src/rollout/duration.js';
import { parseAllowance, parseGroupKey, parseStageSize } from '../../src/rollout/size.js';
import { holds, hostileText } from './arbitraries.js';
import { answerOf, expectAnswered } from './oracles.js';

describe('a flag or a field is accepted, or refused with a message:', () => {
  it.each<[what: string, parse: (text: string) => unknown]>([
    ['regions', parseRegions],
    ['names', parseNames],
    ['hop limit', parseHopLimit],
    ['port', parsePort],
    ['run ID', parseRunId],
    ['size of a stage', parseStageSize],
    ['allowance', parseAllowance],
    ['key of a group', parseGroupKey],
    ['duration', (text) => parseDuration(text)],
  ])('%s', (_, parse) =>
    holds(
      fc.asyncProperty(hostileText, async (text) => {
        await answerOf(() => parse(text), ['InvalidArgumentError', 'CommanderError', 'Error']);
      }),
    ),
  );

  it('time of a schedule', () =>
    holds(
      fc.property(hostileText, (text) => {
        const list = [text];
        for (const kind of ['cron', 'calendar']) expect(writtenTiming(`${kind}: ${text}`)).toEqual({ kind, text });
        expectAnswered(checkTiming({ cron: list, every: list, calendar: list, timeZone: text, jitter: text }));
      }),
    ));

  it('address to listen at', () =>
    holds(
      fc.asyncProperty(hostileText, async (text) => {
        // No name is looked up: a host that isn't an address has no port here.
        await answerOf(() => resolveAddress(METRICS, text.replaceAll(/:\d+$/g, '')), ['CliError']);
      }),
    ));

  it('address of a webhook', () =>
    holds(
      fc.asyncProperty(hostileText, async (text) => {
        await answerOf(() => readWorkerSettings({ allowProbeHost: [text], allowTaskQueue: [text] }, {}), ['CliError']);
        await answerOf(() => readWorkerSettings({}, { [WEBHOOK_VARIABLE]: text }), ['CliError']);
      }),
    ));
});
