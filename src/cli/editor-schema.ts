import { stat } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';

const IN_PACKAGE = join('node_modules', 'lightsail-imds-rollout', 'schema', 'rollout-spec.schema.json');

/** Where an editor finds the schema of a spec, without a network. */
export interface EditorSchema {
  /** Relative to the spec, as editors take it. */
  readonly path: string;
  /** Otherwise it is there once the package is installed in the spec's folder. */
  readonly isThere: boolean;
}

/** Looks for the installed package as Node does: from the spec's folder upwards. */
export async function findEditorSchema(specPath: string): Promise<EditorSchema> {
  const folder = dirname(resolve(specPath));
  for (let above = folder; ; above = dirname(above)) {
    const schema = join(above, IN_PACKAGE);
    if (await isFile(schema)) return { path: slashes(relative(folder, schema)), isThere: true };
    if (dirname(above) === above) return { path: slashes(IN_PACKAGE), isThere: false };
  }
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}

function slashes(path: string): string {
  return path.split(sep).join('/');
}
