interface ErrorTraits {
  /** The HTTP status that the SDK's model gives it (client-lightsail 3.1169.0). */
  readonly modelledStatus: number;
  readonly message: string;
  readonly tip: string;
}

const DOCS = 'https://docs.aws.amazon.com/lightsail/2016-11-28/api-reference/CommonErrors.html';

/** The exceptions that Lightsail's model has; only these have the members `code`, `docs` and `tip`. */
const MODELLED: ReadonlyMap<string, ErrorTraits> = new Map([
  traits('AccessDeniedException', 403, 'You are not authorized to perform this operation.', 'Check your permissions.'),
  traits('AccountSetupInProgressException', 428, 'Your account is still being set up.', 'Try again later.'),
  traits('InvalidInputException', 400, 'The input is not valid.', 'Correct the input and try again.'),
  traits('NotFoundException', 404, 'The resource does not exist.', 'Check the name and the Region.'),
  traits('OperationFailureException', 400, 'The operation failed.', 'Try again.'),
  traits(
    'RegionSetupInProgressException',
    428,
    'The Region is still being set up.',
    'Wait a few minutes and try again.',
  ),
  traits('ServiceException', 500, 'The service failed.', 'Try again.'),
  traits('UnauthenticatedException', 401, 'The request is not authenticated.', 'Sign the request.'),
]);

const UNMODELLED_MESSAGES: ReadonlyMap<string, string> = new Map([
  ['ThrottlingException', 'Rate exceeded'],
  ['UnrecognizedClientException', 'The security token included in the request is invalid.'],
  ['ExpiredTokenException', 'The security token included in the request is expired'],
]);

/** Failures of the service itself; every other error is the client's, with HTTP 400. */
const SERVER_STATUS: ReadonlyMap<string, number> = new Map([
  ['ServiceException', 500],
  ['InternalFailure', 500],
  ['InternalServerError', 500],
  ['ServiceUnavailable', 503],
  ['ServiceUnavailableException', 503],
]);

/** An error that the service answers with. */
export class ApiError extends Error {
  override readonly name = 'ApiError';

  constructor(
    /** The name that clients see, such as `NotFoundException`. */
    readonly errorName: string,
    message?: string,
  ) {
    super(message ?? MODELLED.get(errorName)?.message ?? UNMODELLED_MESSAGES.get(errorName) ?? errorName);
  }

  /** The HTTP status: what real logs show, or what the SDK's model says. */
  status(modelled: boolean): number {
    const traitsOfError = modelled ? MODELLED.get(this.errorName) : undefined;
    return traitsOfError?.modelledStatus ?? SERVER_STATUS.get(this.errorName) ?? 400;
  }

  /** The reply's body. Without `__type`, Lightsail's own `code` would become the error's name in the SDK. */
  body(): object {
    const known = MODELLED.get(this.errorName);
    const shared = { __type: this.errorName, message: this.message };
    return known ? { ...shared, code: this.errorName, docs: DOCS, tip: known.tip } : shared;
  }
}

/** Runs something that may end in an error of the service, and gives that error back as a value. */
export function attempt<Result>(run: () => Result): Result | ApiError {
  try {
    return run();
  } catch (error) {
    if (error instanceof ApiError) return error;
    throw error;
  }
}

function traits(name: string, modelledStatus: number, message: string, tip: string): [string, ErrorTraits] {
  return [name, { modelledStatus, message, tip }];
}
