/** Who calls which service, and where. */
export interface CredentialScope {
  readonly accessKeyId: string;
  readonly region: string;
  readonly service: string;
}

const SIGV4_CREDENTIAL = /^AWS4-HMAC-SHA256 .*?Credential=([^/,\s]+)\/\d{8}\/([^/,\s]+)\/([\w-]+)\/aws4_request\b/;

/**
 * Reads the access key, the region and the service out of a SigV4 `Authorization` header. The signature isn't verified.
 *
 * @returns Undefined when the header is missing, or has no scope that can be read.
 */
export function readCredentialScope(authorization: string | undefined): CredentialScope | undefined {
  const [, accessKeyId, region, service] = SIGV4_CREDENTIAL.exec(authorization ?? '') ?? [];
  if (accessKeyId === undefined || region === undefined || service === undefined) return undefined;
  return { accessKeyId, region, service };
}
