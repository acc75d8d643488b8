/**
 * Replies that wait for their time. Each has a timer of its own and no listener: with thousands that wait, adding one
 * more listener to one signal would cost a walk over all of them.
 */
export class DueReplies {
  private readonly timers = new Set<NodeJS.Timeout>();

  /** Sends a reply after so many ms, unless all are given up before. */
  schedule(afterMs: number, send: () => void): void {
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      send();
    }, afterMs);
    this.timers.add(timer);
  }

  giveUp(): void {
    for (const timer of this.timers) clearTimeout(timer);
    this.timers.clear();
  }
}
