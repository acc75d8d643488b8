import { expect, test } from 'vitest';
import { specReference } from './spec-reference.js';

test('docs/spec.md is made from the schema; -u makes it anew', async () => {
  await expect(specReference()).toMatchFileSnapshot('../../docs/spec.md');
});
