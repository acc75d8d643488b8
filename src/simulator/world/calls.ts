/** One API call, as the control interface shows it. What isn't known is null. */
export interface Call {
  /** When it arrived, in epoch milliseconds. */
  readonly at: number;
  readonly account: string | null;
  readonly region: string | null;
  readonly operation: string | null;
  readonly instanceName: string | null;
  /** The call's parsed body. */
  readonly input: unknown;
  /** The effect of the fault that struck, if any. */
  readonly effect: string | null;
  /** The HTTP status of the reply; null when the connection was reset. */
  readonly status: number | null;
  /** The name of the error that the call ended in. */
  readonly error: string | null;
}

/** All API calls in the order of their arrival. It grows until it is cleared. */
export class CallLog {
  private entries: Call[] = [];
  private added = 0;

  /** How many calls there ever were, cleared ones too. */
  get total(): number {
    return this.added;
  }

  add(call: Call): void {
    this.added += 1;
    this.entries.push(call);
  }

  /** Copies of the calls, of one operation if it is named. */
  list(operation?: string): Call[] {
    const wanted = operation === undefined ? this.entries : this.entries.filter((call) => call.operation === operation);
    return wanted.map((call) => ({ ...call }));
  }

  clear(): void {
    this.entries = [];
  }
}
