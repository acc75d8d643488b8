import { wellFormed } from './clean.js';
import { hashOf } from './plan.js';

/** Content of a file with the SHA-256 over its canonical JSON (RFC 8785) without this member; hexadecimal. */
export type Checksummed<T> = T & { readonly sha256: string };

/** What a file states as its checksum, and what its content gives. */
export interface ChecksumCheck {
  /** Null where the file has none. */
  readonly stated: string | null;
  /** Empty where the content is nested too deep to be hashed. */
  readonly actual: string;
  readonly isIntact: boolean;
}

/**
 * Gives the content of a plan, an undo file or a report its checksum. It shows an edit or a damage. It is no signature:
 * a forger computes it as well.
 *
 * @example addChecksum({ format: 'imds-rollout-undo/1', entries: [] }).sha256 // 'c0ffee…'
 */
export function addChecksum<T extends object>(content: T): Checksummed<T> {
  return { ...content, sha256: hashOf(content) };
}

/** Checks a plan, an undo file or a report that was read as JSON; however it is laid out, its checksum is the same. */
export function verifyChecksum(file: object): ChecksumCheck {
  const { sha256, ...content }: { sha256?: unknown } = { ...file };
  const stated = typeof sha256 === 'string' ? sha256 : null;
  const actual = isTooDeep(content) ? '' : hashOf(content);
  return { stated, actual, isIntact: actual !== '' && stated === actual };
}

/** @example describeEdit({ stated: null, actual: 'c0ffee', isIntact: false }) // 'it has no checksum, and its content gives c0ffee' */
export function describeEdit({ stated, actual }: ChecksumCheck): string {
  const gives = actual === '' ? 'its content is nested too deep for one' : `its content gives ${actual}`;
  if (stated === null) return `it has no checksum, and ${gives}`;
  // It may be a text of any length, and becomes the message of a failure.
  return `it states the checksum ${wellFormed(stated.slice(0, CHECKSUM_LENGTH))}, and ${gives}`;
}

/** Hexadecimal digits. */
const CHECKSUM_LENGTH = 64;

/** Levels; no file of this project has a tenth of them, and hashing calls itself for each. */
const MAX_DEPTH = 100;

function isTooDeep(value: unknown): boolean {
  let row: unknown[] = [value];
  for (let level = 0; row.length > 0; level += 1) {
    if (level > MAX_DEPTH) return true;
    row = row.flatMap((each) => (typeof each === 'object' && each !== null ? Object.values(each) : []));
  }
  return false;
}
