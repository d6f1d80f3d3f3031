// Bars with the range of what they show, as SVG text.

import { scaleLinear } from 'd3-scale';
import { colours, label, round, sheetOf } from '../../src/simulation/svg.ts';

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

const width = 720;
const top = 40;
const step = 30;
const [barColour, , , , rangeColour] = colours;

export function barChart({ title, label: unit, bars }: BarChart): string {
  const longest = Math.max(0, ...bars.map(({ name }) => name.length));
  const [left, right] = [Math.min(360, 20 + longest * 7), width - 90];
  const bottom = top + step * bars.length;
  const most = Math.max(0, ...bars.map(({ high }) => high));
  const along = scaleLinear()
    .domain([0, most === 0 ? 1 : most])
    .nice(4)
    .range([left, right]);
  return sheetOf({ title, width, height: bottom + 56, left: 20 }, [
    ...along
      .ticks(4)
      .map(
        (tick) =>
          `<path d="M${round(along(tick))} ${top}V${bottom}" stroke="#ddd"/>` +
          label(along(tick), bottom + 18, shortly(tick), 'middle'),
      ),
    label((left + right) / 2, bottom + 40, unit, 'middle'),
    ...bars.map(({ name, value, low, high }, index) => {
      const middle = top + step * index + step / 2;
      return [
        label(left - 8, middle + 4, name, 'end'),
        `<rect x="${left}" y="${middle - 9}" width="${round(along(value) - left)}" height="18" fill="${barColour}"/>`,
        `<path d="M${round(along(low))} ${middle}H${round(along(high))}" stroke="${rangeColour}" stroke-width="3"/>`,
        label(along(high) + 8, middle + 4, shortly(value), 'start'),
      ].join('');
    }),
  ]);
}

function shortly(value: number): string {
  const rounded = Number(value.toPrecision(3));
  return rounded.toLocaleString('en', { maximumFractionDigits: 6 });
}
