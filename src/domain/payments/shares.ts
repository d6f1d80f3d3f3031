// Who gets what of what a customer pays. The parts are the whole, to the last minor unit, whatever was rounded:
//
//   gross ── tax, contained in it, half a unit up ──▶ net ── commission, rounded down ──▶ what the receiver gets

/** 10,000 of these are the whole. */
export const BASIS_POINTS = 10_000;

export interface Shares {
  readonly tax: number;
  readonly commission: number;
  readonly receiver: number;
}

export interface SharesGiven {
  readonly commissionBasisPoints: number;
  readonly taxBasisPoints: number;
}

/** `gross` in minor units, not below 0. */
export function sharesOf(gross: number, { commissionBasisPoints, taxBasisPoints }: SharesGiven): Shares {
  const all = BASIS_POINTS + taxBasisPoints;
  // Half a unit up is rounding down with half a divisor more.
  const tax = divided(2n * BigInt(gross) * BigInt(taxBasisPoints) + BigInt(all), 2n * BigInt(all));
  const net = gross - tax;
  const commission = divided(BigInt(net) * BigInt(commissionBasisPoints), BigInt(BASIS_POINTS));
  return { tax, commission, receiver: net - commission };
}

/** Rounded down; a product of two amounts may be more than a number holds exactly. */
function divided(whole: bigint, by: bigint): number {
  return Number(whole / by);
}
