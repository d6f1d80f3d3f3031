// Plots as SVG: lines over a continuous axis, each with a band around it where there is one, or through points that were
// measured. Lines differ in their dashes as well as in their colours, for print.

import { type ScaleContinuousNumeric, scaleLinear, scaleLog } from 'd3-scale';
import { area, curveStepAfter, line } from 'd3-shape';
import { colours, escaped, label, round, sheetOf } from './svg.ts';

export interface PlotPoint {
  readonly x: number;
  readonly y: number;
  /** The range around `y`, where there is one. */
  readonly low?: number;
  readonly high?: number;
}

export interface PlotLine {
  readonly name: string;
  readonly points: readonly PlotPoint[];
  /** Each value holds from its point for so long; where the next is further on, the line has a gap. */
  readonly stepOf?: number;
  /** Nothing is known between its points: each is a dot, and its range a line through it instead of a band. */
  readonly isMeasured?: boolean;
}

export interface Axis {
  readonly title: string;
  /** How a tick is written; by default as a number. */
  readonly format?: (value: number) => string;
  /** Where its ticks are; by default at round numbers. */
  readonly ticks?: readonly number[];
  readonly max?: number;
  /** Equal steps are equal factors. All values must be above zero then. */
  readonly isLog?: boolean;
}

export interface Plot {
  readonly title: string;
  readonly subtitle?: string;
  readonly x: Axis;
  /** Begins at 0, unless it is logarithmic. */
  readonly y: Axis;
  readonly lines: readonly PlotLine[];
}

const width = 760;
/** With a legend of one row. */
const height = 400;
const legendRowHeight = 18;
const margin = { top: 60, right: 20, bottom: 76, left: 72 };
const [left, right, top, bottom] = [margin.left, width - margin.right, margin.top, height - margin.bottom];
const dashes = ['', '7 3', '2 3', '9 3 2 3', '12 4', '4 4', '1 4'];

/** A document by itself. */
export function svgOf({ title, subtitle = '', x, y, lines }: Plot): string {
  const points = lines.flatMap((one) => one.points);
  const xs = lines.flatMap((one) => one.points.flatMap((point) => [point.x, point.x + (one.stepOf ?? 0)]));
  const leastX = Math.min(...xs, x.max ?? Number.POSITIVE_INFINITY);
  const across = scaleOf(x, [leastX, x.max ?? Math.max(...xs)]).range([left, right]);
  const most = y.max ?? points.reduce((highest, point) => Math.max(highest, point.high ?? point.y), 0);
  const leastY = y.isLog === true ? Math.min(...points.map((point) => point.low ?? point.y)) : 0;
  const up = scaleOf(y, [leastY, most === 0 ? 1 : most]).range([bottom, top]);
  if (y.max === undefined) up.nice();
  const key = legend(lines);
  return sheetOf({ title, subtitle, width, height: height + legendRowHeight * (key.rows - 1), left }, [
    ...ticksOf(x, across).map((value) => label(across(value), bottom + 18, formatted(x, value), 'middle')),
    ...ticksOf(y, up).map(
      (value) =>
        `<path d="M${left} ${round(up(value))}H${right}" stroke="#ddd"/>` +
        label(left - 8, up(value) + 4, formatted(y, value), 'end'),
    ),
    label((left + right) / 2, bottom + 38, x.title, 'middle'),
    `<text transform="translate(16 ${(top + bottom) / 2}) rotate(-90)" text-anchor="middle">${escaped(y.title)}</text>`,
    `<path d="M${left} ${bottom}H${right}" stroke="#222"/>`,
    ...lines.map((one, index) => drawn(one, index, across, up)),
    ...key.parts,
  ]);
}

type Scale = ScaleContinuousNumeric<number, number>;

/** Throws RangeError at a logarithm that does not exist. */
function scaleOf({ title, isLog }: Axis, [least, most]: readonly [number, number]): Scale {
  if (isLog !== true) return scaleLinear().domain([least, most]);
  if (!(least > 0)) throw new RangeError(`${title}: values from ${least} to ${most} cannot be drawn`);
  return scaleLog().domain([least, most]).nice();
}

function drawn({ points, stepOf, isMeasured }: PlotLine, index: number, across: Scale, up: Scale): string {
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
  const bands = isMeasured === true ? '' : stretches.map((stretch) => band(stretch) ?? '').join('');
  return (
    (bands === '' ? '' : `<path d="${bands}" fill="${colour}" fill-opacity="0.18"/>`) +
    `<path d="${stretches.map((stretch) => stroke(stretch)).join('')}" fill="none" ${strokeOf(index)}/>` +
    (isMeasured === true ? points.map((point) => dot(point, colour, across, up)).join('') : '')
  );
}

function strokeOf(index: number): string {
  const [colour, dash] = [colours[index % colours.length], dashes[index % dashes.length]];
  return `stroke="${colour}" stroke-width="2" stroke-dasharray="${dash}"`;
}

function dot({ x, y, low, high }: PlotPoint, colour: string, across: Scale, up: Scale): string {
  const at = round(across(x));
  const range =
    low === undefined || high === undefined
      ? ''
      : `<path d="M${at} ${round(up(low))}V${round(up(high))}" stroke="${colour}" stroke-width="1.5"/>`;
  return `${range}<circle cx="${at}" cy="${round(up(y))}" r="3.5" fill="${colour}"/>`;
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

/** In as many rows as the names need. */
function legend(lines: readonly PlotLine[]): { readonly rows: number; readonly parts: readonly string[] } {
  let rows = 1;
  let x = left;
  const parts = lines.map(({ name }, index) => {
    // About the width of a letter at this size; there is nothing to measure with.
    const nameWidth = name.length * 6.6;
    if (x > left && x + 30 + nameWidth > width) {
      rows += 1;
      x = left;
    }
    const at = x;
    const y = height - 16 + legendRowHeight * (rows - 1);
    x += 44 + nameWidth;
    return `<path d="M${at} ${y - 4}h24" ${strokeOf(index)}/>${label(at + 30, y, name, 'start')}`;
  });
  return { rows, parts };
}

function ticksOf({ ticks, isLog }: Axis, scale: Scale): readonly number[] {
  if (ticks !== undefined) return ticks;
  return isLog === true ? scale.ticks().filter((value) => Number.isInteger(Math.log10(value))) : scale.ticks(8);
}

function formatted({ format = String }: Axis, value: number): string {
  return format(value);
}
