// Plots as SVG: lines over a continuous axis, each with a band around it where there is one. Colours are those of Okabe and
// Ito, which people of any colour vision can tell apart; lines differ in their dashes as well, for print.

import { scaleLinear } from 'd3-scale';
import { area, curveStepAfter, line } from 'd3-shape';

export interface PlotPoint {
  readonly x: number;
  readonly y: number;
  /** Of the band, where there is one. */
  readonly low?: number;
  readonly high?: number;
}

export interface PlotLine {
  readonly name: string;
  readonly points: readonly PlotPoint[];
  /** Each value holds from its point for so long; where the next is further on, the line has a gap. */
  readonly stepOf?: number;
}

export interface Axis {
  readonly title: string;
  /** How a tick is written; by default as a number. */
  readonly format?: (value: number) => string;
  /** Where its ticks are; by default at round numbers. */
  readonly ticks?: readonly number[];
  readonly max?: number;
}

export interface Plot {
  readonly title: string;
  readonly subtitle?: string;
  readonly x: Axis;
  /** Begins at 0. */
  readonly y: Axis;
  readonly lines: readonly PlotLine[];
}

const width = 760;
const height = 400;
const margin = { top: 60, right: 20, bottom: 76, left: 72 };
const colours = ['#0072B2', '#D55E00', '#009E73', '#CC79A7', '#E69F00', '#56B4E9', '#000000'];
const dashes = ['', '7 3', '2 3', '9 3 2 3', '12 4', '4 4', '1 4'];

/** A document by itself. */
export function svgOf({ title, subtitle = '', x, y, lines }: Plot): string {
  const points = lines.flatMap((one) => one.points);
  const xs = lines.flatMap((one) => one.points.flatMap((point) => [point.x, point.x + (one.stepOf ?? 0)]));
  const top = y.max ?? points.reduce((most, point) => Math.max(most, point.high ?? point.y), 0);
  const across = scaleLinear()
    .domain([Math.min(...xs, x.max ?? Number.POSITIVE_INFINITY), x.max ?? Math.max(...xs)])
    .range([margin.left, width - margin.right]);
  const up = scaleLinear()
    .domain([0, top === 0 ? 1 : top])
    .range([height - margin.bottom, margin.top]);
  if (y.max === undefined) up.nice();
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="12" fill="#222">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    `<text x="${margin.left}" y="24" font-size="15" font-weight="600">${escaped(title)}</text>`,
    `<text x="${margin.left}" y="42" fill="#555">${escaped(subtitle)}</text>`,
    ...ticksOf(x, across).map(
      (value) =>
        `<text x="${round(across(value))}" y="${height - margin.bottom + 18}" text-anchor="middle">${escaped(formatted(x, value))}</text>`,
    ),
    ...ticksOf(y, up).map(
      (value) =>
        `<path d="M${margin.left} ${round(up(value))}H${width - margin.right}" stroke="#ddd"/>` +
        `<text x="${margin.left - 8}" y="${round(up(value) + 4)}" text-anchor="end">${escaped(formatted(y, value))}</text>`,
    ),
    `<text x="${(margin.left + width - margin.right) / 2}" y="${height - margin.bottom + 38}" text-anchor="middle">${escaped(x.title)}</text>`,
    `<text transform="translate(16 ${(margin.top + height - margin.bottom) / 2}) rotate(-90)" text-anchor="middle">${escaped(y.title)}</text>`,
    `<path d="M${margin.left} ${height - margin.bottom}H${width - margin.right}" stroke="#222"/>`,
    ...lines.map((one, index) => drawn(one, index, across, up)),
    ...legend(lines),
    '</svg>\n',
  ].join('\n');
}

type Scale = (value: number) => number;

function drawn({ points, stepOf }: PlotLine, index: number, across: Scale, up: Scale): string {
  const colour = colours[index % colours.length]!;
  const stretches = stretchesOf(points, stepOf);
  const band = area<PlotPoint>()
    .defined((point) => point.low !== undefined && point.high !== undefined)
    .x((point) => round(across(point.x)))
    .y0((point) => round(up(Math.max(0, point.low!))))
    .y1((point) => round(up(point.high!)));
  const stroke = line<PlotPoint>()
    .x((point) => round(across(point.x)))
    .y((point) => round(up(point.y)));
  if (stepOf !== undefined) {
    band.curve(curveStepAfter);
    stroke.curve(curveStepAfter);
  }
  const bands = stretches.map((stretch) => band(stretch) ?? '').join('');
  return (
    (bands === '' ? '' : `<path d="${bands}" fill="${colour}" fill-opacity="0.18"/>`) +
    `<path d="${stretches.map((stretch) => stroke(stretch)).join('')}" fill="none" stroke="${colour}" stroke-width="2" stroke-dasharray="${dashes[index % dashes.length]}"/>`
  );
}

/** Points without a gap between them; the last of steps holds for its time. */
function stretchesOf(points: readonly PlotPoint[], stepOf: number | undefined): PlotPoint[][] {
  if (stepOf === undefined) return [[...points]];
  const stretches: PlotPoint[][] = [];
  for (const [index, point] of points.entries()) {
    const before = points[index - 1];
    if (before === undefined || point.x > before.x + stepOf) stretches.push([]);
    stretches.at(-1)!.push(point);
    const next = points[index + 1];
    if (next === undefined || next.x > point.x + stepOf) stretches.at(-1)!.push({ ...point, x: point.x + stepOf });
  }
  return stretches;
}

function legend(lines: readonly PlotLine[]): string[] {
  const y = height - 16;
  let x = margin.left;
  return lines.map(({ name }, index) => {
    const at = x;
    // About the width of a letter at this size; there is nothing to measure with.
    x += 44 + name.length * 6.6;
    return (
      `<path d="M${at} ${y - 4}h24" stroke="${colours[index % colours.length]}" stroke-width="2" stroke-dasharray="${dashes[index % dashes.length]}"/>` +
      `<text x="${at + 30}" y="${y}">${escaped(name)}</text>`
    );
  });
}

function ticksOf({ ticks }: Axis, scale: ReturnType<typeof scaleLinear>): readonly number[] {
  return ticks ?? scale.ticks(8);
}

function formatted({ format = String }: Axis, value: number): string {
  return format(value);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (letter) => `&#${letter.charCodeAt(0)};`);
}
