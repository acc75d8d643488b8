import type { installPinned } from '../../src/server/index.js';

export function installTestServer(server: { readonly installPinned: typeof installPinned }): Promise<string>;
