import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { MUTATIONS } from '../../chaos/mutants/mutations.js';

// They are carried out by hand, by `npm run chaos:mutants`: here only that none of them has lost its place in the code.
it.each(MUTATIONS.map(({ name, file, from }) => [name, file, from]))(
  'a mutation finds its place: %s',
  (_, file, from) => {
    const source = readFileSync(fileURLToPath(new URL(`../../src/${file}`, import.meta.url)), 'utf8');
    expect(source.split(from)).toHaveLength(2);
  },
);
