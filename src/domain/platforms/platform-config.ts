// Number plans and platforms as parts of the configuration document.
//
// What a document leaves out of a platform's secrets stays as it is, since an export leaves them out. Plans and platforms go together, so what
// is looked at is what there would be when all of the document has been carried out: plans that are made wider as others are made
// narrower, and platforms that change their access ids among each other, are one step.

import { handoverLiveMs, numberPlansMax, platformLateMs, platformsMax, platformTimeoutMs } from '../../limits.ts';
import { canonical } from '../../protocol/canonical.ts';
import type { ConfigDocument } from '../../protocol/config-document.ts';
import { guessDefaults, type NumberPlanGiven, settingPlatformsUp } from '../../protocol/platforms.ts';
import { type Refusal, refuse } from '../../protocol/refusals.ts';
import type { Admission, ConfigGiven, ConfigPart } from '../module.ts';
import { digestOf } from '../token-digest.ts';
import { hasInRange, type NumberPlan, overlap } from './number-plan.ts';
import type { Platform, PlatformBook, PlatformFetch } from './platform-book.ts';

type PlanGiven = ConfigGiven<'numberPlans'>;
type PlatformGiven = ConfigGiven<'platforms'>;
/** As a row has it: who set it is the admission's. */
export type PlatformSet = Omit<Platform, 'number' | 'since' | 'setBy'>;

export interface SetsPlatforms {
  readonly book: PlatformBook;
  /** A network that the platform may not be in. */
  networkRefused(fetch: Pick<PlatformFetch, 'networks'> | undefined): Refusal | undefined;
  writePlan(planId: string, given: NumberPlanGiven, admission: Admission): void;
  write(given: PlatformSet, admission: Admission): void;
  drop(platform: Platform, admission: Admission): void;
}

export function numberPlansPart(sets: SetsPlatforms): ConfigPart<'numberPlans'> {
  const { book } = sets;
  return {
    member: 'numberPlans',
    kind: 'numberPlan',
    roles: settingPlatformsUp,
    most: numberPlansMax,
    tooMany: 'too_many_number_plans',
    idOf: ({ planId }) => planId,
    all: () => [...book.plansAfter(0)].map(planShown),
    isSo: (given) => {
      const known = book.plans.get(given.planId);
      return known !== undefined && canonical(planInFull(planShown(known))) === canonical(planInFull(given));
    },
    refuseDocument: (document) => refuseTogether(book, document),
    write: ({ planId, ...given }, admission) => {
      sets.writePlan(planId, given, admission);
    },
    remove: ({ planId }, admission) => book.removePlan(book.plans.get(planId) as NumberPlan, admission),
  };
}

export function platformsPart(sets: SetsPlatforms): ConfigPart<'platforms'> {
  const { book } = sets;
  const known = ({ platformId }: PlatformGiven) => book.byId.get(platformId);
  return {
    member: 'platforms',
    kind: 'platform',
    roles: settingPlatformsUp,
    most: platformsMax,
    tooMany: 'too_many_platforms',
    idOf: ({ platformId }) => platformId,
    all: () => [...book.platformsAfter(0)].map(platformShown),
    isSo: (given) => {
      const before = known(given);
      return before !== undefined && canonical(inFull(settled(given, before))) === canonical(inFull(setOf(before)));
    },
    refuse: (given) => {
      const { platformId, fetch, credential, hasCredential } = given;
      const before = known(given);
      if (fetch !== undefined && (fetch.secret ?? before?.fetch?.secret) === undefined)
        return refuse('platform_has_no_secret', { platformId });
      if (hasCredential === true && (credential ?? before?.credential) === undefined)
        return refuse('platform_has_no_credential', { platformId });
      return sets.networkRefused(fetch);
    },
    write: (given, admission) => sets.write(settled(given, known(given)), admission),
    remove: (given, admission) => sets.drop(known(given) as Platform, admission),
  };
}

/** What there would be: the document's, and where it is not complete what it does not name. */
function refuseTogether(book: PlatformBook, document: ConfigDocument): Refusal | undefined {
  const { numberPlans = [], platforms = [], complete = false } = document;
  const [planIds, platformIds] = [
    new Set(numberPlans.map(({ planId }) => planId)),
    new Set(platforms.map(({ platformId }) => platformId)),
  ];
  const otherPlans = complete ? [] : [...book.plans.values()].filter(({ planId }) => !planIds.has(planId));
  const plans = [...numberPlans, ...otherPlans];
  for (const [at, plan] of plans.entries())
    for (const other of plans.slice(at + 1))
      if (overlap(plan, other)) return refuse('number_plans_overlap', { planId: other.planId });
  const others = complete ? [] : [...book.byId.values()].filter(({ platformId }) => !platformIds.has(platformId));
  const byAccessId = new Map<string, string>();
  for (const { platformId, accessId } of [...platforms, ...others]) {
    const other = byAccessId.get(accessId);
    if (other !== undefined) return refuse('access_id_taken', { platformId: other, accessId });
    byAccessId.set(accessId, platformId);
    if (!plans.some((plan) => hasInRange(plan, accessId)))
      return refuse('access_id_in_no_plan', { platformId, accessId });
  }
  return undefined;
}

/** With what the document leaves out and is there already. */
function settled(given: PlatformGiven, before: Platform | undefined): PlatformSet {
  const { credential, hasCredential = before?.credential !== undefined, fetch, ...rest } = given;
  const digest = credential === undefined ? before?.credential : digestOf(credential);
  const secret = fetch?.secret ?? before?.fetch?.secret;
  return {
    ...rest,
    ...((credential !== undefined || hasCredential) && digest !== undefined && { credential: digest }),
    ...(fetch !== undefined && secret !== undefined && { fetch: { ...fetch, secret } }),
  };
}

function setOf({ number: _, since: __, setBy: ___, ...set }: Platform): PlatformSet {
  return set;
}

function platformShown(platform: Platform): PlatformGiven {
  const { credential, fetch, ...shown } = setOf(platform);
  const { secret: _, ...asked } = fetch ?? { secret: '' };
  return {
    ...shown,
    hasCredential: credential !== undefined,
    ...(fetch !== undefined && { fetch: asked as NonNullable<PlatformGiven['fetch']> }),
  };
}

function planShown({ number: _, ...given }: NumberPlan): PlanGiven {
  return given;
}

/** What was left to its default is said, so that it is the same as if it had been. */
function inFull({ handoverMs = handoverLiveMs, fetch, ...rest }: PlatformSet) {
  return {
    ...rest,
    handoverMs,
    ...(fetch !== undefined && {
      fetch: { timeoutMs: platformTimeoutMs, lateMs: platformLateMs, networks: [], attributes: [], ...fetch },
    }),
  };
}

function planInFull({ checkDigit = 'none', guesses, ...rest }: NumberPlanGiven & { readonly planId: string }) {
  return { ...rest, checkDigit, guesses: { ...guessDefaults, ...guesses } };
}
