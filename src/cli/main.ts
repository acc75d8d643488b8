#!/usr/bin/env node
import { run } from './program.js';

// The SDK's own switch: its advice about Node versions is for developers, not for whoever runs this command.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
// Those of what this command is built on are for developers too, such as one for every server that is named by its IP.
process.noDeprecation = true;

// `imds-rollout plan … | head` closes the pipe early: that is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

const exitCode = await run(process.argv);
// Only when all is written: a pipe takes its time. Open connections that are being given up must not hold the process.
process.stdout.write('', () => process.stderr.write('', () => process.exit(exitCode)));
