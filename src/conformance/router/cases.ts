// What a router must do for a switch (docs/switches.md), case by case. `strowger conformance router --list` prints these
// tables as a specification; without --list they are played with a running router.

import type { Chapter } from '../case.ts';
import { askedAgain, away } from './cases/away.ts';
import { races, telephones } from './cases/failures.ts';
import { customersHangUp, life } from './cases/life.ts';
import { refusals, repetition } from './cases/repetition.ts';
import type { RouterWorld } from './world.ts';

export const routerChapters: readonly Chapter<RouterWorld>[] = [
  life,
  customersHangUp,
  telephones,
  races,
  repetition,
  askedAgain,
  away,
  refusals,
];
