/** The names of the errors that this folder raises itself, beside those of the service. */
export type OwnErrorName =
  | 'AbortError'
  | 'EmptyReply'
  | 'EndlessPages'
  | 'RepeatedPageToken'
  | 'TimeoutError'
  | 'WrongInstance'
  | 'AccountNotConfigured'
  | 'RegionNotConfigured'
  | 'KeysUnavailable'
  | 'SessionRenewed'
  | 'LightsailClosed'
  | 'WriteRefused'
  | 'OperationFailureException';

/** An error of this folder, told apart by its stable `name` as the service's own are; it keeps the reply's request ID. */
export class NamedError extends Error {
  override readonly name: OwnErrorName;
  readonly $metadata: { readonly requestId?: string };

  constructor(name: OwnErrorName, message: string, requestId?: string) {
    super(message);
    this.name = name;
    this.$metadata = requestId === undefined ? {} : { requestId };
  }
}
