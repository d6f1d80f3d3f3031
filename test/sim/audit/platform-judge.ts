// Who the router says is really calling: somebody whom a platform has handed over under the very number that the contact came with, and whom no
// other contact is. Whoever is not identified is told why, and what was handed over to nobody is nobody's.

import { canonical } from '../../../src/protocol/canonical.ts';
import type { Members } from '../setting.ts';
import type { Command } from './commands.ts';

export class PlatformJudge {
  /** Each says something that no other says. */
  readonly #puts: Command[] = [];

  asked(command: Command): void {
    if (command.method === 'handover.put') this.#puts.push(command);
  }

  /** `createdAs` are the parameters that a contact may have been created with. */
  *atLast(
    views: ReadonlyMap<string, Members | undefined>,
    createdAs: (contactId: string) => readonly Members[],
  ): Generator<string> {
    const takenBy = new Map<Command, string>();
    for (const [contactId, view] of views) {
      const caller = view?.caller as Members | undefined;
      if (caller === undefined || view?.consultation !== undefined) continue;
      const created = createdAs(contactId);
      if (
        created.length > 0 &&
        created.every(({ originalCalled, sip }) => originalCalled === undefined && sip === undefined)
      )
        yield `${contactId} came with no number and has a caller: ${JSON.stringify(caller)}`;
      // When everything is at rest nobody is being asked any more; a contact that is over is not told of answers.
      if (caller.state === 'asking' && view?.state !== 'ended') yield `${contactId} is still being asked of`;
      if (caller.state === 'unidentified' && caller.why === undefined) yield `${contactId} is nobody, and not told why`;
      if (caller.handedOverAt === undefined) {
        if (caller.state !== 'unidentified' || caller.data !== undefined)
          yield `${contactId} is somebody whom nobody has handed over: ${JSON.stringify(caller)}`;
        continue;
      }
      const put = this.#puts.find(
        ({ params, inEffect }) =>
          inEffect !== 'no' &&
          params.platformId === caller.platformId &&
          isSaid(params.data as Members, caller.data as Members),
      );
      if (put === undefined) {
        yield `${contactId} is somebody whom nobody has handed over: ${JSON.stringify(caller)}`;
        continue;
      }
      const other = takenBy.get(put);
      // Without a serial each asking is another one, also of a request that was sent again.
      if (other !== undefined && put.params.serial !== undefined)
        yield `${contactId} and ${other} are both who was handed over once`;
      takenBy.set(put, contactId);
      const { platformId, serial } = put.params as { readonly platformId: string; readonly serial?: string };
      // Of one whose serial the router made only the digits of its platform are known here.
      const { asked } = caller.data as Members;
      if (asked !== undefined && serial !== undefined && asked !== serial)
        yield `${contactId} is told what its platform has said of another one: ${asked}`;
      const wanted = new RegExp(`900${platformId.slice(1)}${serial ?? '[0-9]{3}'}`);
      if (
        created.length > 0 &&
        !created.some((params) => wanted.test(`${params.originalCalled} ${JSON.stringify(params.sip)}`))
      )
        yield `${contactId} is somebody who was handed over under another number: ${wanted.source}`;
    }
  }
}

/** What was handed over, and perhaps what the platform was asked for. */
function isSaid(handedOver: Members, { asked: _, ...data }: Members): boolean {
  return canonical(handedOver) === canonical(data);
}
