import { createHash } from 'node:crypto';

/** A range of milliseconds, both ends included. */
export interface MsRange {
  readonly min: number;
  readonly max: number;
}

/**
 * Seeded chance. A draw depends on the seed and on what it is for, not on the draws before it, so a run repeats
 * even when its calls arrive in another order.
 *
 * @example new Draws(7).between({ min: 200, max: 800 }, 'pending', 'web-1', 1)
 */
export class Draws {
  constructor(private readonly seed: number) {}

  /** A number from 0 up to, but not including, 1. */
  unit(...purpose: readonly (string | number)[]): number {
    return this.digest(purpose).readUInt32BE(0) / 2 ** 32;
  }

  /** A whole number of milliseconds. */
  between(range: MsRange, ...purpose: readonly (string | number)[]): number {
    if (range.min === range.max) return range.min;
    return range.min + Math.floor(this.unit(...purpose) * (range.max - range.min + 1));
  }

  /** An identifier in the form of a GUID. */
  guid(...purpose: readonly (string | number)[]): string {
    const hex = this.digest(purpose).toString('hex');
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-');
  }

  /** So many letters and digits, as secrets have them. */
  text(length: number, ...purpose: readonly (string | number)[]): string {
    let text = '';
    for (let part = 0; text.length < length; part += 1) {
      text += this.digest([...purpose, part])
        .toString('base64')
        .replaceAll(/[+/=]/g, '');
    }
    return text.slice(0, length);
  }

  private digest(purpose: readonly (string | number)[]): Buffer {
    return createHash('sha256')
      .update(JSON.stringify([this.seed, ...purpose]))
      .digest();
  }
}
