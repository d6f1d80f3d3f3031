// What a switch must do (docs/switches.md), case by case. `strowger conformance switch --list` prints these tables as a
// specification; without --list they are played with the switch that connects.

import type { Chapter } from '../case.ts';
import { away } from './cases/away.ts';
import { life } from './cases/life.ts';
import { once } from './cases/repetition.ts';
import type { SwitchWorld } from './world.ts';

export const switchChapters: readonly Chapter<SwitchWorld>[] = [life, once, away];
