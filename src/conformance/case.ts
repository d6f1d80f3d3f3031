// A conformance case: a rule in plain words, and the steps that show it. A step is a sentence and what it does; so a table
// of cases reads as a specification, and is one: what is printed is what is played.
//
// A step that finds something else than it expects throws NotAsExpected, with both; a case that cannot be played here
// (a right that was not given, a telephone that is not there) says so before it begins and is skipped.

export interface Step<World> {
  /** What happens, or must happen: a sentence. */
  readonly text: string;
  play(world: World): Promise<void> | void;
}

export interface Case<World> {
  /** Short and stable: to name it on a command line. */
  readonly name: string;
  /** The rule, as docs/switches.md has it. */
  readonly rule: string;
  readonly steps: readonly Step<World>[];
  /** Why it cannot be played here, or undefined. */
  needs?(world: World): string | undefined;
}

/** The chapter of a specification. */
export interface Chapter<World> {
  readonly title: string;
  readonly cases: readonly Case<World>[];
}

export class NotAsExpected extends Error {
  readonly expected: string;
  readonly came: string;

  constructor(expected: string, came: string) {
    super(`expected ${expected}; what came: ${came}`);
    this.name = 'NotAsExpected';
    this.expected = expected;
    this.came = came;
  }
}

/** A value in one line of a report. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length <= 400 ? text : `${text.slice(0, 400)}…`;
}

/** Members of `wanted` are those of `value`, members of members too; arrays are as long, and in their order. */
export function fits(value: unknown, wanted: unknown): boolean {
  if (typeof wanted !== 'object' || wanted === null) return value === wanted;
  if (Array.isArray(wanted))
    return Array.isArray(value) && value.length === wanted.length && wanted.every((one, at) => fits(value[at], one));
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(wanted).every(([name, part]) => fits((value as Record<string, unknown>)[name], part));
}

export function assertFits(what: string, value: unknown, wanted: unknown): void {
  if (!fits(value, wanted)) throw new NotAsExpected(`${what} ${shown(wanted)}`, shown(value));
}
