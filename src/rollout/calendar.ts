export type Weekday = 'mon' | 'tue' | 'wed' | 'thu' | 'fri' | 'sat' | 'sun';

/** When new changes may start: on these days, between two local times (`09:00`). One that ends before it begins goes over midnight. */
export interface Window {
  readonly days: readonly Weekday[];
  readonly from: string;
  readonly to: string;
  /** IANA name, such as `Europe/Stockholm`. */
  readonly timezone: string;
}

/** Days, both included (`2026-12-20`), in which no new change starts. */
export interface Freeze {
  readonly from: string;
  readonly to: string;
  readonly reason?: string | undefined;
  /** IANA name; UTC where it is left out. */
  readonly timezone?: string | undefined;
}

export interface Calendar {
  /** None: always open, but for freezes. */
  readonly windows: readonly Window[];
  readonly freeze: readonly Freeze[];
}

/** Milliseconds since the epoch. */
export type CalendarReading =
  | { readonly open: true; readonly until?: number }
  | {
      readonly open: false;
      readonly for: 'window' | 'freeze';
      readonly since: number;
      readonly until: number;
      readonly reason?: string;
    };
