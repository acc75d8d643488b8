import { z } from 'zod';

/** The four options, each of which may be missing. */
export const optionFields = {
  httpTokens: z
    .enum(['optional', 'required'])
    .describe('required closes IMDSv1: every request needs a session token.')
    .exactOptional(),
  httpEndpoint: z.enum(['enabled', 'disabled']).describe('The metadata service as a whole.').exactOptional(),
  httpPutResponseHopLimit: z
    .int()
    .min(1)
    .max(64)
    .describe('2 lets containers reach the service; 1 does not.')
    .exactOptional(),
  httpProtocolIpv6: z.enum(['enabled', 'disabled']).describe('eu-north-1 only.').exactOptional(),
};
