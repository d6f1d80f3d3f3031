// What drawings of numbers have in common, as SVG text: a sheet with its title, words, and colours. Nothing is read but
// what is given, so the same numbers always give the same bytes.

/** Told apart by eyes of every kind (M. Okabe, K. Ito, "Color Universal Design", 2008). */
export const colours = ['#0072B2', '#D55E00', '#009E73', '#CC79A7', '#E69F00', '#56B4E9', '#000000'] as const;

export interface Sheet {
  readonly title: string;
  readonly subtitle?: string;
  readonly width: number;
  readonly height: number;
  /** Where its title begins. */
  readonly left: number;
}

export function sheetOf({ title, subtitle = '', width, height, left }: Sheet, parts: readonly string[]): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="system-ui, sans-serif" font-size="12" fill="#222">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    `<text x="${left}" y="24" font-size="15" font-weight="600">${escaped(title)}</text>`,
    `<text x="${left}" y="42" fill="#555">${escaped(subtitle)}</text>`,
    ...parts,
    '</svg>\n',
  ].join('\n');
}

export function label(x: number, y: number, words: string, anchor: 'start' | 'middle' | 'end'): string {
  return `<text x="${round(x)}" y="${round(y)}" text-anchor="${anchor}">${escaped(words)}</text>`;
}

/** To a tenth of a pixel: finer than anybody sees. */
export function round(place: number): number {
  return Math.round(place * 10) / 10;
}

export function escaped(words: string): string {
  return words.replace(/[&<>"]/g, (letter) => `&#${letter.charCodeAt(0)};`);
}
