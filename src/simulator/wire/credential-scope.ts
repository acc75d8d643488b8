/** Who calls, and where. */
export interface CredentialScope {
  readonly accessKeyId: string;
  readonly region: string;
}

const SIGV4_CREDENTIAL = /^AWS4-HMAC-SHA256 .*?Credential=([^/,\s]+)\/\d{8}\/([^/,\s]+)\/lightsail\/aws4_request\b/;

/**
 * Reads the access key and region out of a SigV4 `Authorization` header. The signature isn't verified.
 *
 * @returns Undefined when the header is missing, or isn't scoped to Lightsail.
 */
export function readCredentialScope(authorization: string | undefined): CredentialScope | undefined {
  const [, accessKeyId, region] = SIGV4_CREDENTIAL.exec(authorization ?? '') ?? [];
  return accessKeyId !== undefined && region !== undefined ? { accessKeyId, region } : undefined;
}
