import { lstatSync } from 'node:fs';

/** Others may neither write nor replace what is there. */
const WRITABLE_BY_OTHERS = 0o022;

/**
 * Why another user of this machine could have put there, or could change, what a path names; undefined where none could, where
 * nothing is there, and on Windows, whose permissions Node can't read.
 *
 * @example whyShared('/tmp') // 'belongs to another user (ID 0)'
 */
export function whyShared(
  path: string,
  kind: 'folder' | 'file',
  { rootMayOwn = false }: { readonly rootMayOwn?: boolean } = {},
): string | undefined {
  const user = process.geteuid?.();
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (user === undefined || found === undefined) return undefined;
  if (found.isSymbolicLink()) return 'is a symbolic link: name what it leads to';
  if (kind === 'folder' && !found.isDirectory()) return 'is not a folder';
  if (kind === 'file' && !found.isFile()) return 'is not a file';
  const isOwn = found.uid === user || (rootMayOwn && found.uid === 0);
  if (!isOwn) return `belongs to another user (ID ${found.uid})`;
  if ((found.mode & WRITABLE_BY_OTHERS) !== 0) return `can be written by other users (chmod go-w ${path})`;
  return undefined;
}
