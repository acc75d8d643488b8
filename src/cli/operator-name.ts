import { hostname, userInfo } from 'node:os';

/** Who sends a message, where nobody says so. @example operatorName() // 'ops@bastion' */
export function operatorName(): string {
  return `${userName()}@${hostname()}`;
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A container's user ID may have no name.
    return process.env.USER ?? 'unknown';
  }
}
