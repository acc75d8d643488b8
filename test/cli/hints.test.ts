import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { ConnectionFlags } from '../../src/cli/flags.js';
import { commandLine } from '../../src/cli/next-command.js';
import type { RunStack } from '../../src/cli/run/open.js';
import { describeAfterwards, keepLine, resumeLine } from '../../src/cli/run/texts.js';
import type { Session } from '../../src/cli/temporal.js';
import { workerCommand } from '../../src/cli/workers.js';

const TALKS_TO_A_SERVER =
  /imds-rollout (?:start|watch|list|status|pause|resume|approve|reject|skip-bake|revert|abort|rollback|retry|report|schedule \w+|worker)\b(?![,)]|[^\n]*--address)/;

it('a command that is proposed leads to the server that was reached: none is spelt out without its flags', async () => {
  const folder = new URL('../../src/cli/', import.meta.url).pathname;
  const files = (await readdir(folder, { recursive: true })).filter(
    // The help of a command knows no server.
    (name) => name.endsWith('.ts') && !name.startsWith('commands/') && name !== 'program.ts',
  );
  expect(files.length).toBeGreaterThan(50);
  const spelt = [];
  for (const name of files) {
    for (const line of (await readFile(join(folder, name), 'utf8')).split('\n')) {
      const isCode = !/^\s*(?:\/\*\*|\*|\/\/)/.test(line);
      if (isCode && TALKS_TO_A_SERVER.test(line)) spelt.push(`${name}: ${line.trim()}`);
    }
  }
  expect(spelt).toEqual([]);
});

it('what others have named is one word for a shell, whatever it is', () => {
  const hostile = "x'; rm -rf ~ #";
  const quoted = `'x'\\''; rm -rf ~ #'`;
  expect(commandLine('watch', hostile, {})).toBe(`imds-rollout watch ${quoted}`);
  const session = { address: 'a:1', namespace: 'ns', flags: {} } as Session;
  expect(workerCommand(session, hostile)).toBe(
    `imds-rollout worker --address a:1 --namespace ns --task-queue ${quoted}`,
  );
});

it('a run that is left, or has ended, is gone on with by all that it was started with', () => {
  const flags = { dataConverter: './codec.js', config: 'my worker.yaml', stateDir: '/s' };
  const stackOf = (isLocal: boolean, connection: ConnectionFlags = {}) => ({ isLocal, connection }) as RunStack;
  const own = "--config 'my worker.yaml' --state-dir /s --data-converter ./codec.js";
  expect(resumeLine(stackOf(true), flags, 'id')).toBe(`imds-rollout run --resume ${own}`);
  expect(keepLine(stackOf(true), flags)).toBe(`imds-rollout run --keep ${own}`);
  const found = { workflowId: 'id' } as Parameters<typeof describeAfterwards>[2];
  expect(describeAfterwards(stackOf(true), flags, found).join('\n')).toContain(
    '\n  imds-rollout rollback id --data-converter ./codec.js   (with the --address that it prints)',
  );

  const shared = { address: 'a:1', namespace: 'ns', apiKey: 'secret' };
  expect(resumeLine(stackOf(false), shared, 'id')).toBe(
    'imds-rollout run --resume id --address a:1 --namespace ns --api-key "$TEMPORAL_API_KEY"',
  );
});
