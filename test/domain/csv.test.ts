// Lines of CSV files, as spreadsheets and parsers take them.

import { expect, test } from 'vitest';
import { csvLine } from '../../src/domain/csv.ts';

test.each([
  [['a', 1, undefined, null, true], 'a,1,,,true'],
  [['a,b', 'say "so"', 'two\nlines'], '"a,b","say ""so""","two\nlines"'],
  [[{ scheme: 'tel', value: '+49301' }], '"{""scheme"":""tel"",""value"":""+49301""}"'],
  [['+4930123456', -5, '-1.5'], '+4930123456,-5,-1.5'],
])('%j', (values, line) => {
  expect(csvLine(values)).toBe(`${line}\r\n`);
});

test.each(['=1+1', '=cmd|x', '+1+1', '-1+1', '@SUM(A1)', '\t=1'])('%j is a text, not a formula', (text) => {
  expect(csvLine([text])).toBe(`'${text}\r\n`);
});

test('what has an apostrophe before it is quoted where it must be, too', () => {
  expect(csvLine(['=HYPERLINK("x","y")', '\r=1'])).toBe(`"'=HYPERLINK(""x"",""y"")","'\r=1"\r\n`);
});
