/** Where undo files go. */
export interface JournalSettings {
  readonly folder: string;
  /** Holds a rollout for as long as its undo file can't be written. Default false: that is reported, and it goes on. */
  readonly required?: boolean;
}

/** What a worker allows, whoever may start a workflow: none of it can be asked for in a spec. */
export interface WorkerSettings {
  /** HTTP checks go to an instance's own public address; to others only where they are allowed here. */
  readonly probes?: {
    /** Hosts, as they stand in the URL, that HTTP checks may name beside an instance's own address. Default: none. */
    readonly allowHosts?: readonly string[];
    /** Lets probes reach loopback and private addresses too; link-local ones never. Default false. */
    readonly allowPrivate?: boolean;
  };
  /** Task queues that the activities of `health` and `notify` may name. Default: none. */
  readonly taskQueues?: readonly string[];
  /** Where undo files go, which take a rollout back once its history is gone. Default: none are written. */
  readonly journal?: string | JournalSettings;
  /** An http(s) address that notifications are posted to; it holds a secret as often as not, so it is never shown. */
  readonly notifyWebhook?: string;
}

/** @example journalOf({ journal: './journal' }) // { folder: './journal', required: false } */
export function journalOf({ journal }: WorkerSettings = {}): Required<JournalSettings> | undefined {
  if (journal === undefined) return undefined;
  return typeof journal === 'string' ? { folder: journal, required: false } : { required: false, ...journal };
}
