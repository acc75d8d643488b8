/** A teardown of the whole run that fails it: of one that throws, Vitest only tells. */
export function failingTeardown(teardown: () => Promise<void>): () => Promise<void> {
  return () =>
    teardown().catch((error: unknown) => {
      process.exitCode = 1;
      throw error;
    });
}
