// Damage to the disk of a machine that is switched off, and what its next start has to do about it, by what the documentation of
// the disk says and not by how the router does it: recovery reads the newest entry, those after the newest good snapshot, and those
// that the tables have not taken. Where one of these is damaged it stops, names it and says how to go on; then the operator
// restores it from a copy. Damage to anything else is no reason to stop.

import { createHash } from 'node:crypto';
import type { EntryValues } from '../../src/store/entry.ts';
import type { MemoryDisk, MemoryTenant } from '../../src/store/memory-disk.ts';
import type { SimRandom } from './random.ts';

/** A bit that is another in one of an entry's values, an entry that is gone, a snapshot that is not what was written. */
export type DamageKind = 'input' | 'redo' | 'missing' | 'snapshot';

export interface Damage {
  readonly tenant: string;
  readonly sentence: string;
  /** How the start has to say it, when it has to stop because of it. */
  refusal(): RegExp | undefined;
  /** The start was refused: returns what it has changed all the same. */
  changes(): string[];
  /** The operator puts the copy back. */
  repair(): void;
}

/** Undefined when there is nothing to damage. */
export function damageTo(disk: MemoryDisk, kind: DamageKind, random: SimRandom): Damage | undefined {
  const names = [...disk.tenants.keys()];
  if (names.length === 0) return undefined;
  const name = random.pick(names);
  const tenant = disk.tenant(name);
  if (kind === 'snapshot') return snapshotDamage(name, tenant, random);
  return entryDamage(name, tenant, kind, random);
}

const saysHowToGoOn = '.*(?:[Rr]estore|put back)';

function entryDamage(
  name: string,
  tenant: MemoryTenant,
  kind: 'input' | 'redo' | 'missing',
  random: SimRandom,
): Damage | undefined {
  const able = [...tenant.entries.keys()].filter((number) => {
    // That the newest is gone nobody could tell: a journal that ends earlier.
    if (kind === 'missing') return number < tenant.lastNumber;
    return tenant.entries.get(number)![kind] !== undefined;
  });
  const read = able.filter((number) => isRead(tenant, number));
  const among = read.length > 0 && random.chance(0.7) ? read : able;
  if (among.length === 0) return undefined;
  const number = random.pick(among);
  const good = tenant.entries.get(number)!;
  let put: EntryValues | undefined;
  if (kind === 'missing') tenant.entries.delete(number);
  else {
    const bytes = Buffer.from(good[kind]!);
    // The version is left alone: a value of another version is one that another release has to read.
    const at = random.whole(4, bytes.length - 1);
    bytes[at]! ^= 1 << random.whole(0, 7);
    put = { ...good, [kind]: bytes };
    tenant.entries.set(number, put);
  }
  const what = kind === 'missing' ? `entry ${number} is missing` : `entry ${number}, ${kind}: `;
  const before = picture(tenant);
  const applied = tenant.appliedNumber;
  // What is executed again is read before the tables take anything; what only they read, as they take what is before it.
  const appliedMax = number > newestSnapshot(tenant) ? applied : Math.max(applied, number - 1);
  return {
    tenant: name,
    sentence: `${name}: entry ${number} is damaged (${kind})`,
    refusal: () => (isRead(tenant, number) ? new RegExp(`${what}${saysHowToGoOn}`, 's') : undefined),
    changes: () => [
      ...(picture(tenant) === before ? [] : ['the journal or the snapshots']),
      ...(tenant.appliedNumber > appliedMax ? ['the tables'] : []),
    ],
    repair: () => {
      if (tenant.entries.get(number) === put && number >= (tenant.segments[0]?.first ?? 1))
        tenant.entries.set(number, good);
    },
  };
}

function snapshotDamage(name: string, tenant: MemoryTenant, random: SimRandom): Damage | undefined {
  const whole = [...tenant.snapshots].filter(([, { isWhole }]) => isWhole).sort(([a], [b]) => b - a);
  if (whole.length === 0) return undefined;
  const [number, good] = random.chance(0.7) ? whole[0]! : random.pick(whole);
  const put = { ...good, isWhole: false };
  tenant.snapshots.set(number, put);
  const before = picture(tenant);
  const refusal = () => {
    const from = newestSnapshot(tenant) + 1;
    const isMissing = from <= tenant.lastNumber && from < (tenant.segments[0]?.first ?? 1);
    return isMissing ? new RegExp(`recovery needs the journal from entry ${from} on${saysHowToGoOn}`) : undefined;
  };
  return {
    tenant: name,
    sentence: `${name}: the snapshot of entry ${number} is damaged`,
    refusal,
    changes: () => (picture(tenant) === before ? [] : ['the journal or the snapshots']),
    repair: () => {
      if (tenant.snapshots.get(number) === put) tenant.snapshots.set(number, good);
    },
  };
}

function newestSnapshot({ snapshots, lastNumber }: MemoryTenant): number {
  const good = [...snapshots].filter(([number, { isWhole }]) => isWhole && number <= lastNumber);
  return Math.max(0, ...good.map(([number]) => number));
}

function isRead(tenant: MemoryTenant, number: number): boolean {
  return number === tenant.lastNumber || number > Math.min(newestSnapshot(tenant), tenant.appliedNumber);
}

function picture({ entries, snapshots }: MemoryTenant): string {
  const hash = createHash('sha256');
  for (const [number, { input, redo }] of entries) {
    hash.update(`${number} ${input.length} ${redo?.length ?? 0} `).update(input);
    if (redo !== undefined) hash.update(redo);
  }
  return hash.update([...snapshots.keys()].join()).digest('hex');
}
