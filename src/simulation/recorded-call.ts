// A call as it was recorded, whatever format it was recorded in: the words that reader, shifts, replay and report share.
//
// Times are milliseconds since the epoch, durations milliseconds. A caller who hung up has no service time; what they
// would have needed is not in any recording (see service-times.ts).

export interface RecordedCall {
  /** Unique in the recording. */
  readonly id: string;
  /** Of the file it came from, counted from 1 with the header; 0 for a generated call. */
  readonly line: number;
  /** The local day (YYYY-MM-DD) that the recording counts it to. */
  readonly day: string;
  readonly arrivedAt: number;
  readonly waitMs: number;
  readonly outcome: 'served' | 'hungUp';
  /** Undefined for those who hung up. */
  readonly serviceStartAt: number | undefined;
  readonly serviceMs: number | undefined;
  /** Undefined where the recording names nobody. */
  readonly agent: string | undefined;
  readonly type: string;
  readonly priority: string;
  readonly customer: string | undefined;
}

/** A line that could not be read, by its number in the file and the reason. */
export interface DamagedLine {
  readonly line: number;
  readonly reason: string;
}

export interface Recording {
  /** In order of arrival. */
  readonly calls: readonly RecordedCall[];
  /** The first of them, at most damagedLinesKeptMax; damagedCount counts all. */
  readonly damaged: readonly DamagedLine[];
  readonly damagedCount: number;
  /** Rows that are no contacts, by reason. */
  readonly skipped: ReadonlyMap<string, number>;
  readonly rows: number;
}
