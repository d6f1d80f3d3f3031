// One line of a CSV file as RFC 4180 has it: quoted where it must be, ended by CR LF.
//
// What customers and agents write ends in somebody's spreadsheet, which takes a text that begins with one of these signs for a
// formula and computes it (CWE-1236). Such a text gets an apostrophe before it, by which spreadsheets know a text; telephone
// numbers and numbers are what they are.

const FORMULA = /^[=+\-@\t\r]/;
const NUMBER = /^[+-]?\d+(\.\d+)?$/;

export function csvLine(values: readonly unknown[]): string {
  return `${values.map(field).join(',')}\r\n`;
}

/** Nothing is an empty field; what is no text or number is written as JSON. */
function field(value: unknown): string {
  if (value === undefined || value === null) return '';
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  const safe = FORMULA.test(text) && !NUMBER.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
