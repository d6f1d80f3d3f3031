// The platforms of a case, where the router asks them over HTTP: each answers as the case says, when the case says; one of which
// nothing was said never answers.

import type { AskPlatform } from '../../src/platforms/asking.ts';
import type { Members } from './stage.ts';

export interface Deed {
  readonly data?: Members;
  /** Of another caller than it was asked about. */
  readonly isOfAnother?: boolean;
  /** Instead of what it knows. */
  readonly status?: number;
  readonly afterMs: number;
}

export class CasePlatforms {
  /** What each was asked, in order. */
  readonly asked: Members[] = [];
  readonly #deeds = new Map<string, Deed>();
  readonly #later: (afterMs: number, callback: () => void) => void;

  /** `later`: by the clock of the case. */
  constructor(later: (afterMs: number, callback: () => void) => void) {
    this.#later = later;
  }

  /** From now on; undefined: nothing. */
  does(platformId: string, deed: Deed | undefined): void {
    if (deed === undefined) this.#deeds.delete(platformId);
    else this.#deeds.set(platformId, deed);
  }

  readonly ask: AskPlatform = ({ body, headers }) =>
    new Promise((resolve) => {
      const question = JSON.parse(body) as { readonly platformId: string; readonly serial: string };
      this.asked.push({ ...question, id: headers['webhook-id'] });
      const deed = this.#deeds.get(question.platformId);
      if (deed === undefined) return;
      const { data = {}, isOfAnother, status = 200, afterMs } = deed;
      const serial = isOfAnother ? question.serial.replace(/./g, '0') : question.serial;
      const answer = () => resolve({ status, body: status === 200 ? JSON.stringify({ serial, data }) : '' });
      if (afterMs === 0) answer();
      else this.#later(afterMs, answer);
    });
}
