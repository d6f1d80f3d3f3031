// Cases in plain words, as text files have them: a title, a rule of dashes below it, lines up to the next title. A line that
// begins with # is a remark for the reader.

export interface PlainCase {
  readonly title: string;
  readonly lines: string[];
}

export function casesOf(text: string): PlainCase[] {
  const cases: PlainCase[] = [];
  const lines = text.split('\n').map((line) => line.trim());
  lines.forEach((line, index) => {
    if (/^-{3,}$/.test(lines[index + 1] ?? '')) cases.push({ title: line, lines: [] });
    else if (line !== '' && !line.startsWith('#') && !/^-{3,}$/.test(line)) cases.at(-1)?.lines.push(line);
  });
  return cases;
}
