// What is settled of a switch when nobody says otherwise.

export const switchDefaults = {
  /** Longer than a switch needs to reconnect or to fail over, shorter than callers stay on a silent line. */
  graceMs: 30_000,
} as const;
