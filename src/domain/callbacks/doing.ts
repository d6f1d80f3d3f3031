// What callbacks have others do: statistics count, and callers say who is blocked.

import type { Admission } from '../module.ts';
import type { CallbackCount } from '../statistics/statistics.ts';
import type { Known } from './callback-book.ts';

export type CountCallback = (queueId: string, what: CallbackCount, admission: Admission | undefined) => void;
export type IsBlocked = (who: Known, now: number) => boolean;
