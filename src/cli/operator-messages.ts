import type { RunKind } from './find-rollout.js';
import type { OperatorCommand } from './send-message.js';

/** The messages of an operator, as the commands and the keys of `watch` send them. */

export const PAUSE: OperatorCommand = {
  name: 'pause',
  done: 'Paused: no new change starts.',
  send: (handle, message) => handle.pause(message),
};

export const RESUME: OperatorCommand = {
  name: 'resume',
  done: 'Resumed.',
  send: (handle, message) => handle.resume(message),
};

export const SKIP_BAKE: OperatorCommand = {
  name: 'skipBake',
  done: 'The bake has ended.',
  send: (handle, message) => handle.skipBake(message),
};

/** The stage and the plan that an approval is meant for; left out, whatever waits. */
export interface Meant {
  readonly stage?: string | undefined;
  readonly planHash?: string | undefined;
}

export function approve(meant: Meant): OperatorCommand {
  return {
    name: 'approve',
    done: 'Approved.',
    send: (handle, message) => handle.approve({ ...message, ...given(meant) }),
  };
}

export function reject(meant: Meant): OperatorCommand {
  return {
    name: 'reject',
    done: 'Rejected: the rollout halts.',
    announce: async ({ askStatus }) => (await import('./render/announcement.js')).announceReject(await askStatus()),
    send: (handle, message) => handle.reject({ ...message, ...given(meant) }),
  };
}

export function abort(mode: 'halt' | 'rollback'): OperatorCommand {
  return {
    name: 'abort',
    done: (kind: RunKind) => {
      if (kind === 'rollback') return 'Aborted: what was begun is finished, and the rest stays as it is.';
      return mode === 'rollback' ? 'Aborted: what was changed is taken back.' : 'Aborted: no new change starts.';
    },
    announce: async ({ askStatus, kind }) =>
      (await import('./render/announcement.js')).announceAbort(mode, await askStatus(), kind),
    send: (handle, message) => handle.abort({ ...message, mode }),
  };
}

/** What is said once a message is in force. @example sayDone(PAUSE, 'rollout') // 'Paused: …' */
export function sayDone({ done }: Pick<OperatorCommand, 'done'>, kind: RunKind): string {
  return typeof done === 'string' ? done : done(kind);
}

function given({ stage, planHash }: Meant): { readonly stage?: string; readonly planHash?: string } {
  return { ...(stage !== undefined && { stage }), ...(planHash !== undefined && { planHash }) };
}
