import { readFileSync } from 'node:fs';
import { SimplePlugin } from '@temporalio/plugin';
import type { BundleOptions, Worker, WorkerOptions, WorkflowBundleOption } from '@temporalio/worker';
import { type ActivityDeps, createActivities, type WorkerSettings } from './activities/index.js';
import { runControlWorker } from './control-worker.js';
import type { LightsailFor } from './lightsail/index.js';
import { prebuiltBundle } from './workflow-bundle.js';
import { requireWorkflows } from './workflow-types.js';
import { workflowsPath } from './workflows-path.js';

/** What the plugin brings to a worker. */
export interface LightsailImdsPluginOptions {
  /** How Lightsail is reached, with which credentials. @see createSdkLightsail */
  readonly lightsail: LightsailFor;
  /** What this worker allows beside. Default: nothing. */
  readonly settings?: WorkerSettings;
}

/**
 * Adds the rollout to a worker of yours: its activities, its workflows where the worker has none of its own, and a
 * second, small worker on `<task queue>-control` that runs while yours does, with the interceptors, the converter and the
 * pollers of yours. Its slots are its own, and no rate limit holds it.
 *
 * A worker with workflows of its own re-exports ours from its entry:
 * `export * from 'lightsail-imds-rollout/workflows'`. With a prebuilt bundle, pass the plugin to `bundleWorkflowCode` too.
 *
 * Whoever starts rollouts needs no plugin, only a Temporal client.
 *
 * @example
 * const { lightsail } = createSdkLightsail();
 * const plugins = [new LightsailImdsPlugin({ lightsail })];
 * const worker = await Worker.create({ connection, taskQueue: DEFAULT_TASK_QUEUE, plugins });
 * await worker.run();
 */
export class LightsailImdsPlugin extends SimplePlugin {
  readonly #deps: ActivityDeps;

  /** @param options - how Lightsail is reached, and what this worker allows */
  constructor(options: LightsailImdsPluginOptions) {
    super({
      name: 'lightsail-imds-rollout',
      activities: createActivities(options),
      workflowsPath: (theirs) => theirs ?? workflowsPath(),
    });
    this.#deps = options;
  }

  /**
   * Called by the SDK: adds activities and workflows.
   *
   * @throws where a bundle that was made before lacks our workflows
   */
  override configureWorker(options: WorkerOptions): WorkerOptions {
    if (options.workflowBundle !== undefined) requireBundled(options.workflowBundle);
    const configured = { ...super.configureWorker(options), plugins: this.#innermost(options.plugins) };
    const workflowBundle = options.workflowBundle ?? prebuiltBundle(options, isOwn);
    if (workflowBundle === undefined) return configured;
    // A bundle stands for the workflows, and takes no path beside it.
    const { workflowsPath: _, ...others } = configured;
    return { ...others, workflowBundle };
  }

  /** Called by the SDK where it bundles workflows: refuses those of yours that don't re-export ours. */
  override configureBundler(options: BundleOptions): BundleOptions {
    const configured = super.configureBundler(options);
    const { workflowsPath: where, webpackConfigHook = (config) => config } = configured;
    return {
      ...configured,
      webpackConfigHook: (config) => {
        const { plugins = [], ...hooked } = webpackConfigHook(config);
        const inspect: (typeof plugins)[number] = (compiler) => {
          compiler.hooks.emit.tap(this.name, ({ assets, errors }) => {
            // Those of the compilation itself are told by the SDK.
            if (errors.length > 0) return;
            for (const asset of Object.values(assets)) requireWorkflows(String(asset.source()), where);
          });
        };
        return { ...hooked, plugins: [...plugins, inspect] };
      },
    };
  }

  /**
   * Called by the SDK: runs the worker of the control queue for as long as the worker itself, one beside each.
   *
   * The worker runs before anything is awaited: until then `runUntil` and `shutdown` find none that they could stop.
   */
  override async runWorker(worker: Worker, next: (worker: Worker) => Promise<void>): Promise<void> {
    const run = next(worker);
    if (worker.connection === undefined) return run;
    const ends = await Promise.allSettled([run, runControlWorker(worker, run, this.#deps)]);
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
  }

  /**
   * What other plugins wrap around a run is around both workers, and begins and ends once for both. The plugin itself is
   * there once, where it is both the connection's and the worker's.
   */
  #innermost(plugins: WorkerOptions['plugins'] = []): NonNullable<WorkerOptions['plugins']> {
    return [...plugins.filter((plugin) => !isOwn(plugin)), this];
  }
}

function isOwn(plugin: unknown): boolean {
  return plugin instanceof LightsailImdsPlugin;
}

function requireBundled(bundle: WorkflowBundleOption): void {
  if ('codePath' in bundle) requireWorkflows(readFileSync(bundle.codePath, 'utf8'), bundle.codePath);
  else requireWorkflows(bundle.code, 'a bundle that was made before');
}
