import { describe, expect, it } from 'vitest';
import { addChecksum, describeEdit, verifyChecksum } from '../../src/rollout/checksum.js';

describe('the checksum of a file', () => {
  const file = addChecksum({ format: 'x', entries: [{ name: 'web-1' }] });

  it('fits its content, however it is laid out', () => {
    const { sha256, ...content } = file;
    expect(verifyChecksum(file).isIntact).toBe(true);
    expect(verifyChecksum({ sha256, ...content }).isIntact).toBe(true);
  });

  it('shows an edit, a missing checksum, and content that is nested too deep, each in words', () => {
    const edited = verifyChecksum({ ...file, format: 'y' });
    expect(edited.isIntact).toBe(false);
    expect(describeEdit(edited)).toBe(`it states the checksum ${file.sha256}, and its content gives ${edited.actual}`);
    const bare = verifyChecksum({ format: 'x', sha256: 7 });
    expect(bare).toMatchObject({ stated: null, isIntact: false });
    expect(describeEdit(bare)).toBe(`it has no checksum, and its content gives ${bare.actual}`);
    let deep: unknown = 1;
    for (let level = 0; level < 200; level += 1) deep = [deep];
    const nested = verifyChecksum({ deep });
    expect(nested).toMatchObject({ actual: '', isIntact: false });
    expect(describeEdit(nested)).toBe('it has no checksum, and its content is nested too deep for one');
  });
});
