import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cleanLine, cleanText, escapeJson, safeJson, wellFormed } from '../../src/rollout/clean.js';

const HOSTILE = 'a\u001b[2J\u0007b\u202ec\ud83d';
const SHOWN = 'a\ufffd[2J\ufffdb\ufffdc\ufffd';

describe('what comes from outside', () => {
  it('is shown on one line, without a character that a screen obeys', () => {
    expect(cleanLine(`${HOSTILE}\n\t d`)).toBe(`${SHOWN} d`);
  });

  it('keeps its lines where it may have several', () => {
    expect(cleanText(`${HOSTILE}\r\n\td`)).toBe(`${SHOWN}\n  d`);
  });

  it('is well-formed where Temporal takes it, and otherwise as it was', () => {
    expect(wellFormed(HOSTILE)).toBe('a\u001b[2J\u0007b\u202ec\ufffd');
  });

  it('is escaped in JSON, and read back as it was', () => {
    expect(safeJson({ name: HOSTILE })).toBe(String.raw`{"name":"a\u001b[2J\u0007b\u202ec\ud83d"}`);
    fc.assert(
      fc.property(fc.jsonValue(), fc.string({ unit: 'binary' }), (value, text) => {
        const json = JSON.stringify([value, text], null, 2);
        expect(JSON.parse(escapeJson(json))).toEqual(JSON.parse(json));
      }),
    );
  });
});
