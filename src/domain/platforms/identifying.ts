// Who is really calling: a contact that comes with a number of a plan, on its way in.
//
//   number ─▶ plan ─▶ mistyped? ─▶ platform ─▶ too many wrong? ─▶ serial ─▶ what was handed over under it
//      └ of no plan: an ordinary contact      each ends with `unidentified` and why; the contact goes on in either case
//
// The serial is used up where it is admitted: of two contacts of one tick that come with it the first has it, and the other one stays
// unidentified even where the core refuses the first. That can happen to a guess, never to the wrong caller.

import type { Caller } from '../../engine/egress.ts';
import { questionsPerPlatformMax, questionsPerTenantMax } from '../../limits.ts';
import type { CallerShown, UnidentifiedWhy } from '../../protocol/caller.ts';
import { guessDefaults, type NumberPlanGiven } from '../../protocol/platforms.ts';
import type { Admission, ContactDraft } from '../module.ts';
import type { CircuitBreaker } from './circuit-breaker.ts';
import type { Handover, Handovers, Said } from './handovers.ts';
import { takeApart } from './number-plan.ts';
import type { Platform, PlatformBook } from './platform-book.ts';
import type { Questions } from './questions.ts';
import { type CalledAs, calledAs } from './sip/original-called.ts';
import type { Guesser, Wrong, WrongSerials } from './wrong-serials.ts';

export interface Identified {
  readonly shown: CallerShown;
  readonly platform?: Platform;
  readonly identity?: NonNullable<Said['identity']>;
  /** Whose serials are not looked up any more from now on. */
  readonly limited: readonly Wrong[];
  /** The platform is to be asked for more under this serial. */
  readonly asks?: string;
}

export interface Knowing {
  readonly book: PlatformBook;
  readonly handovers: Handovers;
  readonly wrongSerials: WrongSerials;
  readonly questions: Questions;
  readonly breaker: CircuitBreaker;
}

/** Undefined: it is an ordinary contact. */
export function identify(known: Knowing, draft: ContactDraft, admission: Admission): Identified | undefined {
  const { book, handovers } = known;
  const { numbers, fault } = calledAs(draft.params as CalledAs);
  const found = firstFound(numbers, (number) => takeApart(number, book.plans.values()));
  if (found === undefined) {
    if (fault === undefined) return undefined;
    const { path, at, expected } = fault;
    return {
      shown: { state: 'unidentified', why: 'headerUnreadable', unreadable: { path, at, expected } },
      limited: [],
    };
  }
  const { plan, accessId, serial, isMistyped } = found;
  const platform = book.withAccessId(accessId);
  const guessers = guessersOf(draft, platform, admission.caller);
  const nobody = (why: UnidentifiedWhy, isGuess: boolean): Identified => ({
    shown: { state: 'unidentified', why, ...of(platform) },
    ...(platform !== undefined && { platform }),
    limited: isGuess ? guessers.flatMap((who) => countWrong(known, plan, who, admission)) : [],
  });
  // No serial was looked for, so nothing was learned by it.
  if (isMistyped) return nobody('checkDigitWrong', false);
  if (guessers.some((who) => isLimited(known, plan, who, admission.now))) return nobody('guessingLimited', false);
  if (platform === undefined) return nobody('platformUnknown', true);
  const handover = handovers.find(platform.number, serial);
  if (handover === undefined) return nobody('serialUnknown', true);
  if (handover.usedBy !== undefined) return nobody('serialUsed', true);
  // Whoever comes late has not guessed.
  if (handover.expiresAt <= admission.now) return nobody('serialExpired', false);
  return taken(known, platform, handover, draft, admission);
}

function taken(
  known: Knowing,
  platform: Platform,
  handover: Handover,
  draft: ContactDraft,
  admission: Admission,
): Identified {
  const { data, identity } = known.handovers.saidWith(handover, admission.tables);
  known.handovers.use(handover, draft.contactId, admission);
  const why = platform.fetch && unasked(known, platform, admission.now);
  const isAsked = platform.fetch !== undefined && why === undefined;
  const state = isAsked ? 'asking' : why === undefined ? 'identified' : 'unidentified';
  const said = { ...of(platform), ...(data !== undefined && { data }), handedOverAt: handover.at };
  return {
    shown: { state, ...said, ...(why !== undefined && { why }) },
    platform,
    ...(identity !== undefined && { identity }),
    limited: [],
    ...(isAsked && { asks: handover.serial }),
  };
}

/** Why it is not asked. */
function unasked({ questions, breaker }: Knowing, { number }: Platform, now: number): UnidentifiedWhy | undefined {
  if (!breaker.mayAsk(number, () => questions.openOf(number), now)) return 'platformDown';
  const isFull = questions.countOf(number) >= questionsPerPlatformMax || questions.size >= questionsPerTenantMax;
  return isFull ? 'platformBusy' : undefined;
}

function of(platform: Platform | undefined) {
  if (platform === undefined) return {};
  const { platformId, name } = platform;
  return { platformId, ...(name !== undefined && { platformName: name }) };
}

function guessersOf({ params }: ContactDraft, platform: Platform | undefined, caller: Caller | undefined): Guesser[] {
  const guessers: Guesser[] = [];
  if (platform !== undefined) {
    guessers.push(platformAsGuesser(platform));
    if (typeof params.from === 'string') guessers.push({ of: 'caller', name: `${platform.number}/${params.from}` });
  }
  if (caller !== undefined) guessers.push({ of: 'switch', name: `${caller.role}:${caller.sub}` });
  return guessers;
}

export function platformAsGuesser({ number }: Platform): Guesser {
  return { of: 'platform', name: String(number) };
}

export function mostOf({ guesses = {} }: NumberPlanGiven, { of }: Pick<Guesser, 'of'>): number {
  if (of === 'platform') return guesses.perPlatform ?? guessDefaults.perPlatform;
  if (of === 'switch') return guesses.perSwitch ?? guessDefaults.perSwitch;
  return guesses.perCaller ?? guessDefaults.perCaller;
}

export function isLimited({ wrongSerials }: Knowing, plan: NumberPlanGiven, who: Guesser, now: number): boolean {
  return (wrongSerials.of(who, now)?.wrong ?? 0) >= mostOf(plan, who);
}

/** What reaches its limit with this one. */
function countWrong({ wrongSerials }: Knowing, plan: NumberPlanGiven, who: Guesser, admission: Admission): Wrong[] {
  const counted = wrongSerials.count(who, plan.guesses?.windowMs ?? guessDefaults.windowMs, admission);
  return counted.wrong === mostOf(plan, who) ? [counted] : [];
}

function firstFound<From, To>(all: readonly From[], find: (one: From) => To | undefined): To | undefined {
  for (const one of all) {
    const found = find(one);
    if (found !== undefined) return found;
  }
  return undefined;
}
