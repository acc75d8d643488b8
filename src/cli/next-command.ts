import type { RolloutStatus } from '../rollout/status.js';
import type { ConnectionFlags } from './flags.js';

/** @example commandLine('watch', 'imds-rollout-prod', {}) // 'imds-rollout watch imds-rollout-prod' */
export function commandLine(command: string, id: string, flags: ConnectionFlags, ...more: readonly string[]): string {
  const { address, namespace, profile } = flags;
  const connection = [
    ...(address === undefined ? [] : ['--address', address]),
    ...(namespace === undefined ? [] : ['--namespace', namespace]),
    ...(profile === undefined ? [] : ['--profile', profile]),
  ];
  return ['imds-rollout', command, id, ...more, ...connection].join(' ');
}

export interface NextCommand {
  readonly why: string;
  readonly command: string;
}

/** The next useful command for an open rollout. */
export function nextCommand(status: RolloutStatus, id: string, flags: ConnectionFlags): NextCommand {
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
