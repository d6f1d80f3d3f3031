// Two kinds of chart as SVG text: lines over two axes, and bars, both with the spread of what they show. Nothing is read but
// what is given, so the same numbers always give the same bytes.

export interface Axis {
  readonly label: string;
  /** Equal steps are equal factors. All values must be above zero then. */
  readonly log?: boolean;
}

export interface Point {
  readonly x: number;
  readonly y: number;
  /** The range that `y` is the middle of. */
  readonly low?: number;
  readonly high?: number;
}

export interface Line {
  readonly name: string;
  readonly points: readonly Point[];
}

export interface LineChart {
  readonly title: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly lines: readonly Line[];
}

export interface Bar {
  readonly name: string;
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

export interface BarChart {
  readonly title: string;
  /** What the length of a bar means, with its unit. */
  readonly label: string;
  readonly bars: readonly Bar[];
}

/** Told apart by eyes of every kind (M. Okabe, K. Ito, "Color Universal Design", 2008). */
const colours = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#56b4e9', '#e69f00', '#000000'];
const width = 720;

export function lineChart({ title, x, y, lines }: LineChart): string {
  const height = 420 + 18 * lines.length;
  const frame = { left: 80, right: width - 50, top: 60, bottom: 350 };
  const points = lines.flatMap((line) => line.points);
  const across = scaleOf(
    x,
    points.map((point) => point.x),
    [frame.left, frame.right],
  );
  const up = scaleOf(
    y,
    points.flatMap((point) => [point.y, point.low ?? point.y, point.high ?? point.y]),
    [frame.bottom, frame.top],
  );
  const parts = [
    ...across.ticks.flatMap((tick) => [
      rule(across.at(tick), frame.top, across.at(tick), frame.bottom),
      label(across.at(tick), frame.bottom + 18, shortly(tick), 'middle'),
    ]),
    ...up.ticks.flatMap((tick) => [
      rule(frame.left, up.at(tick), frame.right, up.at(tick)),
      label(frame.left - 8, up.at(tick) + 4, shortly(tick), 'end'),
    ]),
    label((frame.left + frame.right) / 2, frame.bottom + 42, x.label, 'middle'),
    label(20, frame.top - 18, y.label, 'start'),
    ...lines.flatMap((line, index) => {
      const colour = colours[index % colours.length]!;
      const path = line.points.map(({ x: h, y: v }) => `${at(across.at(h))},${at(up.at(v))}`).join(' ');
      const key = frame.bottom + 70 + 18 * index;
      return [
        `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2"/>`,
        ...line.points.flatMap((point) => [
          ...whisker(point, across.at(point.x), up, colour),
          `<circle cx="${at(across.at(point.x))}" cy="${at(up.at(point.y))}" r="3.5" fill="${colour}"/>`,
        ]),
        `<rect x="${frame.left}" y="${key - 9}" width="16" height="4" fill="${colour}"/>`,
        label(frame.left + 24, key - 2, line.name, 'start'),
      ];
    }),
  ];
  return drawing(title, height, parts);
}

export function barChart({ title, label: unit, bars }: BarChart): string {
  const step = 30;
  const longest = Math.max(0, ...bars.map(({ name }) => name.length));
  const frame = { left: Math.min(360, 20 + longest * 7), right: width - 90, top: 40 };
  const bottom = frame.top + step * bars.length;
  const along = scaleOf({ label: unit }, [0, ...bars.map(({ high }) => high)], [frame.left, frame.right]);
  const parts = [
    ...along.ticks.flatMap((tick) => [
      rule(along.at(tick), frame.top, along.at(tick), bottom),
      label(along.at(tick), bottom + 18, shortly(tick), 'middle'),
    ]),
    label((frame.left + frame.right) / 2, bottom + 40, unit, 'middle'),
    ...bars.flatMap(({ name, value, low, high }, index) => {
      const middle = frame.top + step * index + step / 2;
      return [
        label(frame.left - 8, middle + 4, name, 'end'),
        `<rect x="${frame.left}" y="${at(middle - 9)}" width="${at(along.at(value) - frame.left)}" height="18" fill="${colours[0]}"/>`,
        `<line x1="${at(along.at(low))}" y1="${at(middle)}" x2="${at(along.at(high))}" y2="${at(middle)}" stroke="${colours[5]}" stroke-width="3"/>`,
        label(along.at(high) + 8, middle + 4, shortly(value), 'start'),
      ];
    }),
  ];
  return drawing(title, bottom + 56, parts);
}

interface Scale {
  readonly ticks: readonly number[];
  at(value: number): number;
}

/** From the data's values to places between the two ends. */
function scaleOf({ label: name, log }: Axis, values: readonly number[], [from, to]: readonly [number, number]): Scale {
  const least = Math.min(...values);
  const most = Math.max(...values);
  if (!Number.isFinite(least) || !Number.isFinite(most) || (log && least <= 0))
    throw new RangeError(`${name}: values from ${least} to ${most} cannot be drawn`);
  const ticks = log ? powers(least, most) : steps(Math.min(0, least), most);
  const place = log ? Math.log10 : (value: number) => value;
  const low = Math.min(place(least), place(ticks[0]!));
  const high = Math.max(place(most), place(ticks.at(-1)!));
  const span = high === low ? 1 : high - low;
  return { ticks, at: (value) => from + ((place(value) - low) / span) * (to - from) };
}

/** 1, 2 and 5 times powers of ten where there are few of them, powers alone where there are many. */
function powers(least: number, most: number): number[] {
  const first = Math.floor(Math.log10(least));
  const last = Math.ceil(Math.log10(most));
  const digits = last - first > 2 ? [1] : [1, 2, 5];
  const all = Array.from({ length: last - first + 1 }, (_, index) => first + index).flatMap((power) =>
    digits.map((digit) => digit * 10 ** power),
  );
  const below = all.filter((tick) => tick <= least).at(-1) ?? all[0]!;
  const above = all.find((tick) => tick >= most) ?? all.at(-1)!;
  return all.filter((tick) => tick >= below && tick <= above);
}

/** About five round steps. */
function steps(least: number, most: number): number[] {
  const rough = (most - least) / 5 || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10);
  const count = Math.ceil((most - least) / step) + 1;
  return Array.from({ length: count }, (_, index) => Math.floor(least / step) * step + index * step);
}

function whisker(point: Point, x: number, up: Scale, colour: string): string[] {
  if (point.low === undefined || point.high === undefined) return [];
  const ends = `x1="${at(x)}" y1="${at(up.at(point.low))}" x2="${at(x)}" y2="${at(up.at(point.high))}"`;
  return [`<line ${ends} stroke="${colour}" stroke-width="1.5"/>`];
}

function rule(x1: number, y1: number, x2: number, y2: number): string {
  return `<line x1="${at(x1)}" y1="${at(y1)}" x2="${at(x2)}" y2="${at(y2)}" stroke="#ddd"/>`;
}

function label(x: number, y: number, words: string, anchor: 'start' | 'middle' | 'end'): string {
  return `<text x="${at(x)}" y="${at(y)}" text-anchor="${anchor}">${escaped(words)}</text>`;
}

function drawing(title: string, height: number, parts: readonly string[]): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="sans-serif" font-size="12" role="img" aria-label="${escaped(title)}">`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    `<text x="20" y="20" font-size="14" font-weight="bold">${escaped(title)}</text>`,
    ...parts,
    '</svg>',
    '',
  ].join('\n');
}

function escaped(words: string): string {
  return words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}

function at(place: number): string {
  return String(Math.round(place * 10) / 10);
}

function shortly(value: number): string {
  const rounded = Number(value.toPrecision(3));
  return rounded.toLocaleString('en', { maximumFractionDigits: 6 });
}
