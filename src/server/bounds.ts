/** Upper bounds of each step of the search, in milliseconds: a network that swallows packets must not hang it. */
export interface SearchBounds {
  /** One run of `temporal --version`, or of `pip --version`. Generous: a first start may be scanned by an antivirus. */
  readonly probeMs: number;
  /** From a request to the headers of its response, and to the whole of a small one. */
  readonly connectMs: number;
  /** Without a single byte arriving, before a download counts as dead. */
  readonly idleMs: number;
  /** A whole download, however slow the line. */
  readonly downloadMs: number;
  /** Unpacking an archive of about 50 MB. */
  readonly unpackMs: number;
  /** Until a running server that the user named has answered. */
  readonly answerMs: number;
}

export const SEARCH_BOUNDS: SearchBounds = {
  probeMs: 15_000,
  connectMs: 10_000,
  idleMs: 30_000,
  downloadMs: 600_000,
  unpackMs: 120_000,
  answerMs: 10_000,
};
