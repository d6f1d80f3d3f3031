// Reads a whole recording: every row is a call, or is skipped for a reason that is counted, or is damaged and named by
// its line. Nothing is left out silently.

import { damagedLinesKeptMax, recordedCallsMax } from '../limits.ts';
import { CallReader } from './call-reader.ts';
import { CsvFileError, csvRecords } from './csv-records.ts';
import { columnsOf, type Mapping } from './mapping.ts';
import type { DamagedLine, RecordedCall, Recording } from './recorded-call.ts';

export class DamagedRecordingError extends Error {
  override readonly name = 'DamagedRecordingError';
  readonly damaged: DamagedLine;
  constructor(file: string, damaged: DamagedLine) {
    super(`${file}, line ${damaged.line}: ${damaged.reason}`);
    this.damaged = damaged;
  }
}

export interface ReadOptions {
  /** The first damaged line is an error. */
  readonly strict?: boolean;
  /** First and last local day, both included. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

export async function readRecording(file: string, mapping: Mapping, options: ReadOptions = {}): Promise<Recording> {
  const calls: RecordedCall[] = [];
  const damaged: DamagedLine[] = [];
  let damagedCount = 0;
  const skipped = new Map<string, number>();
  const lineOfId = new Map<string, number>();
  let reader: CallReader | undefined;
  let rows = 0;

  const damage = (line: number, reason: string): void => {
    damagedCount++;
    if (damaged.length < damagedLinesKeptMax) damaged.push({ line, reason });
  };
  const stopWhereStrict = (): void => {
    if (options.strict && damagedCount > 0) throw new DamagedRecordingError(file, damaged[0]!);
  };

  for await (const { line, fields } of csvRecords(file, mapping.csv ?? {}, damage)) {
    if (reader === undefined) {
      reader = new CallReader(mapping, checkedHeader(file, mapping, fields));
      continue;
    }
    rows++;
    const reading = reader.read(fields, line);
    if ('damaged' in reading) damage(line, reading.damaged);
    else if ('skipped' in reading) skipped.set(reading.skipped, (skipped.get(reading.skipped) ?? 0) + 1);
    else {
      const { call } = reading;
      const before = lineOfId.get(call.id);
      if (before !== undefined) damage(line, `the call ${call.id} stands on line ${before} already`);
      else {
        lineOfId.set(call.id, line);
        if (isWithin(call.day, options)) calls.push(call);
        if (calls.length > recordedCallsMax)
          throw new CsvFileError(
            `${file}: more than ${recordedCallsMax} calls at once; choose days with --from and --to`,
          );
      }
    }
    stopWhereStrict();
  }
  stopWhereStrict();
  if (reader === undefined) throw new CsvFileError(`${file} is empty: its first line must name the columns`);
  calls.sort((a, b) => a.arrivedAt - b.arrivedAt || a.line - b.line);
  return { calls, damaged, damagedCount, skipped, rows };
}

function checkedHeader(file: string, mapping: Mapping, header: readonly string[]): readonly string[] {
  const there = new Set(header.map((name) => name.trim()));
  const missing = columnsOf(mapping).filter((name) => !there.has(name));
  if (missing.length > 0)
    throw new CsvFileError(`${file} has no column ${missing.join(', ')}, which the mapping "${mapping.name}" reads`);
  return header;
}

function isWithin(day: string, { from, to }: ReadOptions): boolean {
  return (from === undefined || day >= from) && (to === undefined || day <= to);
}
