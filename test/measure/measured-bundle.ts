import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { workflowsPath } from '../../src/workflows-path.js';

const pathOf = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** The code of the workflows, with counters in it; its workers need {@link coverageSinks}. */
export async function bundleMeasured(): Promise<string> {
  const { code } = await bundleWorkflowCode({
    workflowsPath: workflowsPath(),
    workflowInterceptorModules: [pathOf('ship-counters.ts')],
    logger: new DefaultLogger('WARN'),
    webpackConfigHook: (config) => {
      // Before the types are taken out, so that lines and columns are those of the source.
      const rule = { test: /\.ts$/, enforce: 'pre' as const, use: [pathOf('instrument.mjs')] };
      return { ...config, module: { ...config.module, rules: [...(config.module?.rules ?? []), rule] } };
    },
  });
  return code;
}
