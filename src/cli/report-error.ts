import { cleanText } from '../rollout/clean.js';
import { InterruptedError } from './errors.js';
import { exitCodeOfError, exitCodeOfSignal, knownErrorType } from './exit-codes.js';
import type { ErrorJson } from './json/local.js';
import { createOutput } from './output.js';
import { redact } from './render/redact.js';

/** Prints one clear message on stderr. @returns the exit code */
export function reportError(error: unknown, options: { readonly json: boolean; readonly debug: boolean }): number {
  if (error instanceof InterruptedError) {
    process.stderr.write(`\n${cleanText(error.message)}\n`);
    return exitCodeOfSignal(error.signal);
  }
  const type = knownErrorType(error);
  const message = redact(error instanceof Error ? error.message || error.name : String(error));
  const { paint, result } = createOutput(options);
  const heading = process.stderr.isTTY ? paint.red('Error:') : 'Error:';
  process.stderr.write(`${heading} ${cleanText(message)}\n`);
  if (options.debug) process.stderr.write(`${cleanText(redact(stackOf(error)))}\n`);
  else if (type === undefined) process.stderr.write('This was not expected. Add --debug for where it happened.\n');
  const json: ErrorJson = { error: { type: type ?? 'Unexpected', message: cleanText(message) } };
  result(json);
  return exitCodeOfError(error);
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : `\nCaused by: ${String(error.cause)}\n${stackOf(error.cause)}`;
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  return [error.name, ...frames].join('\n') + cause;
}
