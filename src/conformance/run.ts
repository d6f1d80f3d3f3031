// Plays conformance cases one after the other, each in a world of its own, and says how each ended.

import { type Case, type Chapter, NotAsExpected } from './case.ts';

export type Outcome = 'passed' | 'failed' | 'skipped';

export interface CaseResult {
  readonly chapter: string;
  readonly name: string;
  readonly rule: string;
  readonly outcome: Outcome;
  /** Of a failed one: the step (counted from 1), what was expected there and what came. */
  readonly step?: number;
  readonly stepText?: string;
  readonly expected?: string;
  readonly came?: string;
  /** Of a skipped one. */
  readonly why?: string;
}

export interface ConformanceReport {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly stopped: boolean;
  readonly cases: readonly CaseResult[];
}

export interface Stage<World> {
  /** Before each case. */
  begin(name: string): Promise<World>;
  /** After it, however it ended: leaves nothing behind for the next one. Undefined, or what it found wrong at the end. */
  end(world: World): Promise<NotAsExpected | undefined>;
}

export interface RunOptions {
  /** Only cases whose name contains one of these; without any, all. */
  readonly only: readonly string[];
  readonly signal: AbortSignal;
  readonly onResult: (result: CaseResult) => void;
}

/** Cases one after the other that could not even begin: whoever was to be tested is gone. */
const vainBeginningsMax = 2;

/** Stops before the end where nobody is there to be tested. */
export async function runCases<World>(
  chapters: readonly Chapter<World>[],
  stage: Stage<World>,
  { only, signal, onResult }: RunOptions,
): Promise<ConformanceReport> {
  const cases: CaseResult[] = [];
  let vain = 0;
  for (const { title, cases: all } of chapters)
    for (const one of all) {
      if (only.length > 0 && !only.some((part) => one.name.includes(part))) continue;
      if (signal.aborted || vain === vainBeginningsMax) break;
      const result = { chapter: title, name: one.name, rule: one.rule, ...(await play(one, stage)) };
      vain = result.step === 0 ? vain + 1 : 0;
      cases.push(result);
      onResult(result);
    }
  const count = (outcome: Outcome) => cases.filter((one) => one.outcome === outcome).length;
  return {
    passed: count('passed'),
    failed: count('failed'),
    skipped: count('skipped'),
    stopped: signal.aborted || vain === vainBeginningsMax,
    cases,
  };
}

type Ended = Pick<CaseResult, 'outcome' | 'step' | 'stepText' | 'expected' | 'came' | 'why'>;

async function play<World>({ name, steps, needs }: Case<World>, stage: Stage<World>): Promise<Ended> {
  let world: World;
  try {
    world = await stage.begin(name);
  } catch (error) {
    return failed(0, 'Before the case begins.', error);
  }
  const why = needs?.(world);
  const ended: Ended = why === undefined ? await playSteps(steps, world) : { outcome: 'skipped', why };
  const found = await stage.end(world).catch((error: unknown) => error as Error);
  if (found === undefined || ended.outcome === 'failed') return ended;
  return failed(steps.length, 'At the end of the case.', found);
}

async function playSteps<World>(steps: Case<World>['steps'], world: World): Promise<Ended> {
  for (const [at, step] of steps.entries()) {
    try {
      await step.play(world);
    } catch (error) {
      return failed(at + 1, step.text, error);
    }
  }
  return { outcome: 'passed' };
}

/** Anything but a finding is told as it is: a connection that could not be had, a request that was refused. */
function failed(step: number, stepText: string, error: unknown): Ended {
  const [expected, came] =
    error instanceof NotAsExpected
      ? [error.expected, error.came]
      : ['that this can be done', error instanceof Error ? error.message : String(error)];
  return { outcome: 'failed', step, stepText, expected, came };
}
