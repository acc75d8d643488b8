import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { WorkerOptions, WorkflowBundlePath } from '@temporalio/worker';

/** What the file names of bundles begin with. */
export const PREFIX = 'workflow-bundle-';

/** Where the bundle of our workflows lies, made when this package was built, for the SDK version that is installed here. */
export function bundlePath(): string {
  const { version } = createRequire(import.meta.url)('@temporalio/worker/package.json');
  return fileURLToPath(new URL(`${PREFIX}${version}.js`, import.meta.url));
}

/**
 * The bundle that stands for the workflows of a worker, which then starts without bundling them: seconds sooner, and
 * without webpack in its memory.
 *
 * Undefined where it wouldn't be the same: workflows, interceptors, bundler options or converters of the user's, plugins
 * that may bring such, an SDK of another version than the bundle was made with, or a run from source.
 */
export function prebuiltBundle(
  options: WorkerOptions,
  isOwn: (plugin: unknown) => boolean,
): WorkflowBundlePath | undefined {
  const { workflowsPath, workflowBundle, bundlerOptions, interceptors, dataConverter, plugins = [] } = options;
  const own = [
    workflowsPath,
    workflowBundle,
    bundlerOptions,
    interceptors?.workflowModules,
    dataConverter?.payloadConverterPath,
    dataConverter?.failureConverterPath,
  ];
  if (own.some((each) => each !== undefined) || !plugins.every(isOwn)) return undefined;
  const codePath = bundlePath();
  return existsSync(codePath) ? { codePath } : undefined;
}
