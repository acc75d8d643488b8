import type { RolloutOutcome } from '../client/index.js';
import { shellName, shellWord } from '../rollout/shell.js';
import type { RolloutStatus } from '../rollout/status.js';
import type { RunKind } from './find-rollout.js';
import type { ConnectionFlags } from './flags.js';

/**
 * A command to be copied to a shell.
 *
 * @param id - as it is, or empty; it may come from others, so it is quoted where a shell would make more of it than a word
 * @param more - words of a shell, see {@link shellWord}
 * @example commandLine('watch', 'imds-rollout-prod', {}) // 'imds-rollout watch imds-rollout-prod'
 */
export function commandLine(command: string, id: string, flags: ConnectionFlags, ...more: readonly string[]): string {
  const named = id === '' ? '' : shellName(id);
  // An ID that looks like a flag stands last, behind all that are.
  const isLast = named.startsWith('-- ');
  const words = ['imds-rollout', command, isLast ? '' : named, ...more, ...connectionWords(flags), isLast ? named : ''];
  return words.filter((part) => part !== '').join(' ');
}

/** The flags that lead to the same server, as they are typed; of what may be a secret only that it is needed. */
export function connectionWords(flags: ConnectionFlags): string[] {
  const { address, namespace, profile, configFile, apiKey, tls, tlsCertPath, tlsKeyPath, tlsCaPath } = flags;
  const { tlsServerName, grpcMeta = [], dataConverter } = flags;
  const word = (flag: string, value: string | undefined) => (value === undefined ? [] : [flag, shellWord(value)]);
  return [
    ...word('--address', address),
    ...word('--namespace', namespace),
    ...word('--profile', profile),
    ...word('--config-file', configFile),
    ...(apiKey === undefined ? [] : ['--api-key', '"$TEMPORAL_API_KEY"']),
    ...(tls === true ? ['--tls'] : []),
    ...word('--tls-cert-path', tlsCertPath),
    ...word('--tls-key-path', tlsKeyPath),
    ...word('--tls-ca-path', tlsCaPath),
    ...word('--tls-server-name', tlsServerName),
    ...grpcMeta.flatMap((header) => ['--grpc-meta', shellWord(`${header.split('=')[0]}=…`)]),
    ...word('--data-converter', dataConverter),
  ];
}

export interface NextCommand {
  readonly why: string;
  readonly command: string;
}

/** The next useful command for an open rollout or rollback. */
export function nextCommand(
  status: RolloutStatus,
  id: string,
  flags: ConnectionFlags,
  kind: RunKind = 'rollout',
): NextCommand {
  if (kind === 'rollback') return { why: 'To follow it', command: commandLine('watch', id, flags) };
  if (status.waiting?.for === 'evidence') {
    return { why: 'Look at the stage, then let the next one start', command: commandLine('approve', id, flags) };
  }
  if (status.waiting?.for === 'health') {
    return { why: 'To go on without those readings', command: commandLine('approve', id, flags) };
  }
  if (status.waiting?.for === 'approval') {
    return { why: 'To let the stage start (or: imds-rollout reject)', command: commandLine('approve', id, flags) };
  }
  if (status.aborted?.mode === 'halt') {
    const changed = status.counts.changed ?? 0;
    const why = `The rollout ends as soon as nothing is in flight, and leaves ${changed} changed. To see which`;
    return { why, command: commandLine('status', id, flags) };
  }
  if (status.paused !== undefined && status.aborted === undefined) {
    return { why: 'To go on after the pause', command: commandLine('resume', id, flags) };
  }
  return { why: 'To follow it', command: commandLine('watch', id, flags) };
}

/** The next useful command once it has ended. */
export function nextAfterEnd(outcome: RolloutOutcome, id: string, flags: ConnectionFlags, kind: RunKind): NextCommand {
  const { result } = outcome;
  const rollback = (why: string, of = id) => ({ why, command: commandLine('rollback', of, flags) });
  const [, undone] = /^(.+)\/rollback\/[^/]+$/.exec(id) ?? [];
  if (kind === 'rollback' && outcome.status === 'failed' && undone !== undefined) {
    return rollback('To take back what is left, once the cause is mended', undone);
  }
  if (kind === 'rollout' && (result?.counts['restore-failed'] ?? 0) > 0) {
    return rollback('To take back what is left, once the cause is mended');
  }
  if (kind === 'rollout' && (result?.exceptions ?? []).some(({ outcome: each }) => isRetried(each))) {
    return { why: 'To try the failed and blocked ones again', command: commandLine('retry', id, flags) };
  }
  const leavesChanges = result === undefined ? isCutOff(outcome) : (result.counts.changed ?? 0) > 0;
  if (kind === 'rollout' && outcome.status === 'failed' && leavesChanges)
    return rollback('To take back what it has changed');
  return { why: 'To see what a spec would still change', command: 'imds-rollout plan SPEC' };
}

/** Whether `retry` tries a target with that outcome again; a waived one stays blocked whatever is tried. */
export function isRetried(outcome: string): boolean {
  return /^(failed|blocked)\b/.test(outcome) && !isWaived(outcome);
}

export function isWaived(outcome: string): boolean {
  return outcome.startsWith('blocked(waived)');
}

/** It ended from outside, so that nobody has said what it leaves. */
function isCutOff(outcome: RolloutOutcome): boolean {
  return outcome.status === 'failed' && ['Terminated', 'Timeout', 'Cancelled'].includes(outcome.type);
}
