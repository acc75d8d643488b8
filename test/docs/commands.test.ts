import { expect, test } from 'vitest';
import { createProgram } from '../../src/cli/program.js';
import { docCommands } from './doc-commands.js';

const commands = await docCommands();

test.each(commands.map((command) => [command.place, command.line, command] as const))(
  '%s is understood: %s',
  (_, __, { words }) => {
    const program = createProgram(() => {});
    for (const command of [program, ...program.commands, ...program.commands.flatMap(({ commands: inner }) => inner)]) {
      command.exitOverride().configureOutput({ writeErr: () => {} });
      if (command.commands.length === 0) command.action(() => {});
    }
    expect(() => program.parse(['node', 'imds-rollout', ...words])).not.toThrow();
  },
);
