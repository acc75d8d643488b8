import { fileURLToPath } from 'node:url';

/** The workflow code, compiled beside this file, or as source where this file runs from source. */
export function workflowsPath(): string {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  return fileURLToPath(new URL(`./workflows/index.${extension}`, import.meta.url));
}
