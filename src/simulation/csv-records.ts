// Reads a CSV file record by record, each with the number of the line it stands on. A line that is no CSV is handed
// on with its reason, and reading goes on after it; only a quotation mark that never closes ends it, since nobody can
// know what it swallowed.

import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { type CsvError, type Info, parse } from 'csv-parse';
import { csvRecordBytesMax } from '../limits.ts';

export interface CsvRecord {
  readonly line: number;
  readonly fields: readonly string[];
}

/** The file as a whole cannot be read. */
export class CsvFileError extends Error {
  override readonly name = 'CsvFileError';
}

export interface CsvFormat {
  readonly delimiter?: string | undefined;
  readonly quote?: string | undefined;
}

/** Records in order; `damaged` hears of lines that are none. */
export async function* csvRecords(
  file: string,
  format: CsvFormat,
  damaged: (line: number, reason: string) => void,
): AsyncGenerator<CsvRecord> {
  await assertReadable(file);
  let fatal: CsvError | undefined;
  const parser = parse({
    bom: true,
    delimiter: format.delimiter ?? ',',
    quote: format.quote ?? '"',
    info: true,
    relax_column_count: true,
    skip_empty_lines: true,
    skip_records_with_error: true,
    max_record_size: csvRecordBytesMax,
    on_skip: (error: CsvError | undefined) => {
      if (error === undefined) return undefined;
      if (swallowing.has(error.code)) fatal ??= error;
      else damaged(Number(error.lines ?? 0), plainReason(error));
      return undefined;
    },
  });
  const source = createReadStream(file);
  source.on('error', (error) => parser.destroy(error));
  source.pipe(parser);
  try {
    for await (const { info, record } of parser as AsyncIterable<{ info: Info; record: string[] }>) {
      if (fatal !== undefined) throw fatal;
      yield { line: info.lines, fields: record };
    }
    if (fatal !== undefined) throw fatal;
  } catch (error) {
    if (!isCsvError(error)) throw error;
    throw new CsvFileError(`${file}, line ${error.lines ?? '?'}: ${plainReason(error)}`);
  } finally {
    source.destroy();
  }
}

/** After these nobody can know what belongs to which record. */
const swallowing: ReadonlySet<string> = new Set(['CSV_QUOTE_NOT_CLOSED', 'CSV_MAX_RECORD_SIZE']);

function isCsvError(error: unknown): error is CsvError {
  return error instanceof Error && 'code' in error && String(error.code).match(/^(CSV_|INVALID_)/) !== null;
}

async function assertReadable(file: string): Promise<void> {
  try {
    const handle = await open(file, 'r');
    const isFile = (await handle.stat()).isFile();
    await handle.close();
    if (!isFile) throw new Error('it is no file');
  } catch (error) {
    throw new CsvFileError(`cannot read ${file}: ${(error as Error).message}`);
  }
}

function plainReason(error: CsvError): string {
  if (error.code === 'CSV_QUOTE_NOT_CLOSED') return 'a quotation mark is opened and never closed';
  if (error.code === 'CSV_MAX_RECORD_SIZE')
    return `a record is longer than ${csvRecordBytesMax} bytes: is a quotation mark not closed?`;
  if (error.code === 'INVALID_OPENING_QUOTE' || error.code === 'CSV_INVALID_CLOSING_QUOTE')
    return 'a quotation mark stands inside a field';
  return error.message;
}
