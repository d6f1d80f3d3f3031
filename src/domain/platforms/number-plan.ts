// How a number is taken apart: `900 12 | 34567890 | 3` is access id, serial and check digit, by the plan of the range that it is in.
//
// A plan takes all numbers of its length whose first digits are an access id of its range; what is longer or shorter is no number of it. Two
// plans that would both take a number are refused when the second is set, so which of them counts is never a question.

import type { NumberPlanGiven } from '../../protocol/platforms.ts';

export interface NumberPlan extends NumberPlanGiven {
  readonly number: number;
  readonly planId: string;
}

export interface TakenApart {
  readonly plan: NumberPlan;
  readonly accessId: string;
  readonly serial: string;
  readonly isMistyped: boolean;
}

export function numberLengthOf({ accessIdLength, serialLength, checkDigit }: NumberPlanGiven): number {
  return accessIdLength + serialLength + (checkDigit === 'luhn' ? 1 : 0);
}

export function hasInRange({ range, accessIdLength }: NumberPlanGiven, accessId: string): boolean {
  if (accessId.length !== accessIdLength) return false;
  const { prefix, from = '', to = '' } = range;
  return prefix === undefined ? from <= accessId && accessId <= to : accessId.startsWith(prefix);
}

export function takeApart(number: string, plans: Iterable<NumberPlan>): TakenApart | undefined {
  for (const plan of plans) {
    const accessId = number.slice(0, plan.accessIdLength);
    if (number.length !== numberLengthOf(plan) || !hasInRange(plan, accessId)) continue;
    const end = plan.accessIdLength + plan.serialLength;
    const serial = number.slice(plan.accessIdLength, end);
    const isMistyped = plan.checkDigit === 'luhn' && luhnDigit(number.slice(0, end)) !== number.slice(end);
    return { plan, accessId, serial, isMistyped };
  }
  return undefined;
}

/** The number under which a platform hands over what has this serial. */
export function numberFor(plan: NumberPlanGiven, accessId: string, serial: string): string {
  const number = accessId + serial;
  return plan.checkDigit === 'luhn' ? number + luhnDigit(number) : number;
}

/** The digit that makes the sum of ISO/IEC 7812-1, annex B, a multiple of ten. */
export function luhnDigit(digits: string): string {
  let sum = 0;
  for (let at = digits.length - 1, doubles = true; at >= 0; at--, doubles = !doubles) {
    const digit = Number(digits[at]);
    const counted = doubles ? 2 * digit : digit;
    sum += counted > 9 ? counted - 9 : counted;
  }
  return String((10 - (sum % 10)) % 10);
}

/** Some number is of both. */
export function overlap(one: NumberPlanGiven, other: NumberPlanGiven): boolean {
  if (numberLengthOf(one) !== numberLengthOf(other)) return false;
  const [first, second] = [boundsOf(one), boundsOf(other)];
  return first.from <= second.to && second.from <= first.to;
}

/** The lowest and the highest number that begin with an access id of the range, of one length. */
function boundsOf(plan: NumberPlanGiven): { readonly from: string; readonly to: string } {
  const length = numberLengthOf(plan);
  const { prefix, from = prefix ?? '', to = prefix ?? '' } = plan.range;
  return { from: from.padEnd(length, '0'), to: to.padEnd(length, '9') };
}
