import { isIP } from 'node:net';

/**
 * A host as a URL has it: lower-case, IPv6 without brackets and in its shortest form.
 *
 * @returns undefined for what is none: with a scheme, port, path or glob, or an IPv4 address in a form that URLs rewrite
 * @example canonicalHost('Health.Example.com') // 'health.example.com'
 */
export function canonicalHost(text: string): string | undefined {
  const bare = text.replace(/^\[(.*)\]$/, '$1');
  const isIPv6 = isIP(bare) === 6;
  const url = `http://${isIPv6 ? `[${bare}]` : text}`;
  if ((!isIPv6 && !/^[\p{L}\p{N}._-]+$/u.test(text)) || !URL.canParse(url)) return undefined;
  const host = hostOf(new URL(url));
  // 2130706433 and 127.1 become 127.0.0.1: what people write and what is probed would not be the same.
  return isIP(host) === 4 && host !== text ? undefined : host;
}

/** The host of a URL, IPv6 without brackets. */
export function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[(.*)\]$/, '$1');
}
