// A Temporal server of its own, found as the demo finds it, and a simulated fleet: what an example or a test project runs on.
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { installTestServer } from '../support/test-server.mjs';

/**
 * @param root of the repository, whose dist/ finds and starts the server
 * @param home an empty folder: no profile or cache of the user's plays a part
 * @returns {Promise<{ env: Record<string, string | undefined>, close(): Promise<void> }>}
 */
export async function openStage(root, home) {
  const { openTemporalServer, installPinned } = await load(root, 'server');
  const { startSimulator } = await load(root, 'simulator');
  // Never a running one: the examples have fixed names for their workflows.
  const server = await openTemporalServer({ ownServer: true });
  const simulator = await startSimulator();
  const env = {
    ...withoutSettings(process.env),
    HOME: home,
    ...simulator.env,
    TEMPORAL_ADDRESS: server.address,
    TEMPORAL_TEST_SERVER: await installTestServer({ installPinned }),
  };
  return {
    env,
    close: async () => {
      await simulator.close();
      await server.stop();
    },
  };
}

function load(root, part) {
  return import(pathToFileURL(join(root, 'dist', part, 'index.js')).href);
}

/** No account, profile, proxy or server of the user's, nothing of the npm that runs this, and no colours. */
function withoutSettings(env) {
  const path = env.PATH?.split(delimiter).filter((folder) => !folder.endsWith('node_modules/.bin'));
  const kept = Object.entries(env).filter(
    ([name]) => !/^(AWS|TEMPORAL|npm|FORCE)_|_proxy$|^NODE_(OPTIONS|TEST_CONTEXT)$/i.test(name),
  );
  return { ...Object.fromEntries(kept), PATH: path?.join(delimiter), NO_COLOR: '1' };
}
