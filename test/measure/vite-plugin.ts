import type { Plugin } from 'vitest/config';
import { instrument, isMeasured } from './instrument.mjs';

/** Puts counters into what the tests import of src. */
export function measured(): Plugin {
  return {
    name: 'measured',
    // Before the types are taken out: what both this and the bundle of the workflows count has then the same places.
    enforce: 'pre',
    transform: (code, id) => {
      if (!isMeasured(id)) return;
      const { code: instrumented, map } = instrument(code, id);
      return { code: instrumented, map: JSON.stringify(map) };
    },
  };
}
