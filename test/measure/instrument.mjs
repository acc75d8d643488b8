// A module of its own in plain JavaScript: webpack loads it as it is, into the bundle of the workflows.
import { relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createInstrumenter } from 'istanbul-lib-instrument';

const SRC = fileURLToPath(new URL('../../src/', import.meta.url));

export const MEASURED = ['rollout', 'workflows', 'activities', 'lightsail'];

export function isMeasured(path) {
  const [folder, ...rest] = relative(SRC, path).split(sep);
  return rest.length > 0 && MEASURED.includes(folder) && path.endsWith('.ts') && !path.endsWith('.d.ts');
}

// The end of an exhaustive switch: the compiler proves that nothing gets there.
const NEVER = /default:(?=\s*return [\w.]+ satisfies never;)/g;

export function instrument(code, path) {
  const instrumenter = createInstrumenter({
    esModules: true,
    produceSourceMap: true,
    parserPlugins: ['typescript'],
    // A workflow has no `new Function`.
    coverageGlobalScope: 'globalThis',
    coverageGlobalScopeFunc: false,
  });
  const instrumented = instrumenter.instrumentSync(code.replaceAll(NEVER, `/* istanbul ignore next */ $&`), path);
  return { code: instrumented, map: instrumenter.lastSourceMap(), coverage: instrumenter.lastFileCoverage() };
}

export default function loader(code) {
  if (!isMeasured(this.resourcePath)) return code;
  const { code: instrumented, map } = instrument(code, this.resourcePath);
  this.callback(null, instrumented, map);
}
