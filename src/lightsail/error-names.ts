import type { OwnErrorName } from './named-error.js';

/**
 * What an error means for the target, and so what to do about it.
 *
 * | kind | do |
 * |---|---|
 * | `throttled` | repeat, more slowly; the request has had no effect |
 * | `transient` | repeat with back-off; after a write read back first, see `mayHaveTakenEffect` |
 * | `setup-in-progress` | repeat with a long delay, bounded |
 * | `gone` | the instance is deleted |
 * | `credentials` | wait until calls of the account are accepted again: it is said of the caller, and not of an instance; the request has had no effect |
 * | `denied` | permanent for the whole account and region; never an empty fleet |
 * | `rejected` | permanent for this request |
 */
export type ProblemKind =
  | 'throttled'
  | 'transient'
  | 'setup-in-progress'
  | 'gone'
  | 'credentials'
  | 'denied'
  | 'rejected';

/** Not modelled by Lightsail; the list is THROTTLING_ERROR_CODES of @smithy/core, plus the sign-in service's name. */
export const THROTTLED_NAMES: readonly string[] = [
  'BandwidthLimitExceeded',
  'EC2ThrottledException',
  'LimitExceededException',
  'PriorRequestNotComplete',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'RequestThrottled',
  'RequestThrottledException',
  'SlowDown',
  'ThrottledException',
  'Throttling',
  'ThrottlingException',
  'TooManyRequestsException',
  'TooManyRequestsError',
  'TransactionInProgressException',
];

/** Modelled by Lightsail; opt-in regions answer so for some minutes. */
export const SETUP_NAMES: readonly string[] = ['AccountSetupInProgressException', 'RegionSetupInProgressException'];

/** There are no keys to sign with for now, since their source can't be reached: nothing was sent to Lightsail. */
export const KEYS_UNAVAILABLE = 'KeysUnavailable' satisfies OwnErrorName;

/** The keys of a session had ended when they were to sign a write; the session is opened anew, and nothing was written. */
export const SESSION_RENEWED = 'SessionRenewed' satisfies OwnErrorName;

/** The signature was refused for its time or form. The SDK learns the server's clock from the reply. */
export const SIGNATURE_NAMES: readonly string[] = [
  'AuthFailure',
  'InvalidSignatureException',
  'RequestExpired',
  'RequestInTheFuture',
  'RequestTimeTooSkewed',
  'SignatureDoesNotMatch',
];

/** The worker itself has refused to send an Update, as its record is too old: nothing was sent, and it is no fault of an instance. */
export const WRITE_REFUSED = 'WriteRefused' satisfies OwnErrorName;

/** The keys of a session have ended. */
export const EXPIRED_NAMES: readonly string[] = ['ExpiredToken', 'ExpiredTokenException'];

/** Keys that were good once, or whose source can't be reached for now: AWS's common errors, those of STS and SSO, and the SDK's. */
export const LAPSED_NAMES: readonly string[] = [
  ...EXPIRED_NAMES,
  'RequestExpired',
  'RequestInTheFuture',
  'RequestTimeTooSkewed',
  'TokenRefreshRequired',
  'TokenProviderError',
  'UnauthorizedException',
  'IDPCommunicationError',
  KEYS_UNAVAILABLE,
];

/** Keys that AWS doesn't know, or that there are none of: most often a mistake in the worker's configuration. */
export const UNKNOWN_KEY_NAMES: readonly string[] = [
  'AuthFailure',
  'InvalidSignatureException',
  'SignatureDoesNotMatch',
  'UnauthenticatedException',
  'UnrecognizedClientException',
  'IncompleteSignature',
  'IncompleteSignatureException',
  'InvalidAccessKeyId',
  'InvalidClientTokenId',
  'InvalidIdentityToken',
  'IDPRejectedClaim',
  'MissingAuthenticationToken',
  'MissingAuthenticationTokenException',
  'CredentialsProviderError',
  'ProviderError',
];

/** How the SDK says of a profile's SSO session that it has ended, in a `CredentialsProviderError` (@aws-sdk/credential-provider-sso). */
export const LAPSED_TEXT = /\bexpired\b/i;

/** An action or a region is refused to a caller whom AWS knows: Lightsail's modelled exceptions and AWS's common errors. */
export const DENIED_NAMES: readonly string[] = [
  'AccessDenied',
  'AccessDeniedException',
  'UnauthorizedOperation',
  'NotAuthorized',
  'OptInRequired',
  'RegionDisabledException',
  'AccountNotConfigured' satisfies OwnErrorName,
  'RegionNotConfigured' satisfies OwnErrorName,
];

/** Server faults, broken replies and timeouts, by name; network faults by Node's code. */
export const TRANSIENT_NAMES: readonly string[] = [
  'ServiceException',
  'InternalFailure',
  'InternalServerError',
  'InternalServerException',
  'ServiceUnavailable',
  'ServiceUnavailableException',
  'OperationFailureException',
  'RequestTimeout',
  'RequestTimeoutException',
  'TimeoutError',
  'AbortError',
  'SyntaxError',
  'EAI_AGAIN',
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
  'EmptyReply' satisfies OwnErrorName,
  'WrongInstance' satisfies OwnErrorName,
  SESSION_RENEWED,
  WRITE_REFUSED,
];

/** `EndpointError` is the SDK's: no region, or one that makes no host name. */
export const REJECTED_NAMES: readonly string[] = [
  'InvalidInputException',
  'ValidationException',
  'UnknownOperationException',
  'EndpointError',
  'EndlessPages' satisfies OwnErrorName,
  'RepeatedPageToken' satisfies OwnErrorName,
  'LightsailClosed' satisfies OwnErrorName,
];

/** Modelled by Lightsail. */
export const GONE_NAMES: readonly string[] = ['NotFoundException'];

/** The service's word for a missing resource inside errors of other names, as Terraform's provider finds it (internal/service/lightsail/errs.go). */
export const GONE_TEXT = 'DoesNotExist';

/** `InvalidInputException`s that pass by themselves: reported by users of other tools, which repeat them; not documented. */
export const TRANSIENT_INPUT_TEXTS: readonly string[] = [
  'Please try again in a few minutes',
  'Please wait for it to complete before trying again',
];
