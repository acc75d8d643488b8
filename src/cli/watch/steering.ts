import { reasonOf } from '../errors.js';
import type { FoundRollout } from '../find-rollout.js';
import { abort, approve, PAUSE, RESUME, SKIP_BAKE, sayDone } from '../operator-messages.js';
import { deliver, type OperatorCommand, signedMessage } from '../send-message.js';
import type { Interruption } from '../signals.js';
import type { Session } from '../temporal.js';
import { explainTemporalError } from '../temporal-errors.js';
import type { Intent } from './keys.js';
import type { Steering } from './live-view.js';

/** Sends what keys ask for as the commands of the same names do. */
export function createSteering(session: Session, rollout: FoundRollout, interruption: Interruption): Steering {
  return {
    send: async (intent, reason) => {
      const command = commandOf(intent);
      try {
        const message = signedMessage(reason === undefined ? {} : { reason });
        const status = await deliver(session, rollout, command, message);
        return { said: sayDone(command, rollout.kind), status };
      } catch (error) {
        throw new Error(reasonOf(explainTemporalError(error, session)), { cause: error });
      }
    },
    leave: () => interruption.interrupt('SIGINT'),
  };
}

function commandOf(intent: Intent): OperatorCommand {
  switch (intent.kind) {
    case 'pause':
      return PAUSE;
    case 'resume':
      return RESUME;
    case 'skipBake':
      return SKIP_BAKE;
    case 'approve':
      return approve(intent);
    case 'abort':
      return abort(intent.mode);
    default:
      return intent satisfies never;
  }
}
