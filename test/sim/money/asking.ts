// What the storm asks of the router, until it is answered: whatever was not when the power went is asked again under the same ids.

import type { Role } from '../../../src/engine/egress.ts';
import type { Members, Said } from './floor.ts';
import type { StormWorld } from './storm-world.ts';

interface Deed {
  readonly role: Role;
  readonly sub: string;
  readonly method: string;
  readonly params: Members;
  readonly done: ((result: Members) => void) | undefined;
  readonly refused: ((refusal: string, data: Members) => void) | undefined;
}

/** Come too late, or for what is not to be had just then. Anything else is a bug of the storm or of the router. */
const mayBeRefused = new Set([
  ...[
    'offer_no_longer_open',
    'contact_not_found',
    'contact_already_ended',
    'contact_not_connected',
    'contact_not_yours',
  ],
  ...['funds_insufficient', 'queue_full', 'quote_expired', 'agent_not_found', 'agent_not_ready', 'agent_not_logged_in'],
  ...['balance_too_low', 'refund_exceeds_payment', 'payment_disputed_already', 'dispute_not_open', 'payment_not_done'],
  ...[
    'hold_not_open',
    'contact_not_movable',
    'leg_not_found',
    'agent_has_no_line_for_channel',
    'agent_waited_for_by_too_many',
  ],
  ...['message_not_paid', 'receiver_is_another', 'document_not_open', 'too_many_documents'],
  ...['contact_being_sent', 'contact_to_be_ended', 'agent_at_capacity', 'contact_already_connected'],
]);

export class Asking {
  readonly #world: StormWorld;
  readonly #isSettled: () => Promise<void>;
  /** Of this burst; and what nobody has answered yet. */
  #given: Promise<void>[] = [];
  #again: Deed[] = [];

  /** `isSettled`: nothing is on its way any more. */
  constructor(world: StormWorld, isSettled: () => Promise<void>) {
    this.#world = world;
    this.#isSettled = isSettled;
  }

  do(role: Role, sub: string, method: string, params: Members, done?: Deed['done'], refused?: Deed['refused']): void {
    this.#give({ role, sub, method, params, done, refused });
  }

  /** Where the router died, it is asked again once it is back. */
  #give(deed: Deed): void {
    const { role, sub, method, params } = deed;
    this.#given.push(this.#world.floor.ask(role, sub, method, params).then((said) => this.#answered(deed, said)));
  }

  #answered(deed: Deed, said: Said): void {
    if (said === 'gone') this.#again.push(deed);
    else if ('result' in said) deed.done?.(said.result);
    else {
      this.#world.count.refused += 1;
      if (!mayBeRefused.has(said.refusal))
        this.#world.breach(
          `${deed.method} ${JSON.stringify(deed.params)} is refused as ${said.refusal} ${JSON.stringify(said.data)}`,
        );
      deed.refused?.(said.refusal, said.data);
    }
  }

  /** All that was given is answered, and what was not is asked again. */
  async settled(): Promise<void> {
    for (let time = 0; ; time++) {
      await this.#world.floor.settle();
      await Promise.all(this.#given.splice(0));
      await this.#world.floor.settle();
      if (this.#again.length === 0 && this.#given.length === 0) break;
      if (time > 50) throw new Error(`the router answers nobody: ${this.#again[0]?.method}`);
      // Where the disk was full, it takes a moment until it is tried again.
      if (this.#again.length > 0) await this.#world.floor.goOn(this.#world.floor.now + 500);
      for (const deed of this.#again.splice(0)) this.#give(deed);
    }
    await this.#isSettled();
  }

  /** A read; it is repeated until it is answered. */
  async read(method: string, params: Members, role: Role = 'admin'): Promise<Members | undefined> {
    for (;;) {
      const asked = this.#world.floor.ask(role, 'reader', method, params);
      await this.#world.floor.settle();
      const said = await asked;
      if (said === 'gone') continue;
      return 'result' in said ? said.result : undefined;
    }
  }

  /** Several at once. */
  async readEach(method: string, each: readonly Members[], role: Role = 'admin'): Promise<(Members | undefined)[]> {
    const asked = each.map((params) => this.#world.floor.ask(role, 'reader', method, params));
    await this.#world.floor.settle();
    const said = await Promise.all(asked);
    return Promise.all(
      said.map((one, at) =>
        one === 'gone' ? this.read(method, each[at]!, role) : 'result' in one ? one.result : undefined,
      ),
    );
  }

  async all(method: string, member: string, params: Members): Promise<Members[]> {
    const all: Members[] = [];
    let cursor: unknown;
    do {
      const page = (await this.read(method, {
        ...params,
        limit: 1_000,
        ...(cursor !== undefined && { cursor }),
      })) as Members;
      all.push(...(page[member] as Members[]));
      cursor = page.cursor;
    } while (cursor !== undefined);
    return all;
  }
}
