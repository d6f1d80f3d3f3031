// Persons who are erased in the middle of a run, while everything else goes on. Made of frames alone, of looks, and of the simulated disk.
//
// - who is refused as being served is named by a contact that may be theirs, and who has a balance by an account that has something;
// - once it is answered, nobody is ever shown as one of these customers again;
// - once it is erased, no answer to what is asked from then on has a text that was said in a contact of theirs, or of them;
// - once it is gone, no byte of these texts, and of names that nobody has said since, is on the disk; and it is gone in time;
// - what was theirs may be missing wherever the other judges look for it, and nothing else.

import type { MemoryTenant } from '../../../src/store/memory-disk.ts';
import { type Members, personal } from '../setting.ts';
import { aboutOf, isOfRouter } from './callback-judge.ts';
import type { Command } from './commands.ts';

export interface ErasureWorld {
  count(): number;
  /** Some customers may have been one for a time: whose a contact was is not sure then. */
  mayBeJoined(): boolean;
  breach(sentence: string): void;
  seen(what: string): void;
}

interface Erasure {
  readonly erasureId: string;
  readonly customers: ReadonlySet<string>;
  readonly commands: Command[];
  state: 'erasing' | 'erased' | 'gone';
  /** In the order of what the auditor hears: since when nothing of it may be answered. */
  erasedSince: number;
  /** What was said of them, and of nobody else; and what they were called. */
  texts: Set<string>;
}

interface Said {
  readonly text: string;
  readonly command: Command;
  readonly contactId?: string | undefined;
  readonly customerId?: string | undefined;
}

const nobody = { customers: new Set<string>() };

export class ErasureJudge {
  readonly #world: ErasureWorld;
  readonly #commands: Command[] = [];
  readonly #erasures = new Map<string, Erasure>();
  /** By contact: whose it was ever shown to be. */
  readonly #customersOf = new Map<string, Set<string>>();
  /** By contact: what was ever shown of it that may name somebody else. */
  readonly #shownOf = new Map<string, string>();
  /** By customer: what it was ever called. */
  readonly #namesOf = new Map<string, Set<string>>();
  readonly #said: Said[] = [];
  readonly #creates = new Map<string, Command[]>();
  /** Whatever was asked since somebody was to be erased. */
  readonly #heard: { readonly at: number; readonly text: string }[] = [];

  constructor(world: ErasureWorld) {
    this.#world = world;
  }

  // ── what is heard ──

  /** Each request, also one that is sent again: what it says is on the disk again, perhaps. */
  asked(command: Command, isFirst: boolean): void {
    const { method, params } = command;
    if (this.#commands.length > 0) this.#hears(JSON.stringify(params));
    if (!isFirst) return;
    if (method === 'customer.erase') this.#commands.push(command);
    const { contactId } = params;
    if (typeof contactId === 'string' && (method === 'contact.create' || method === 'contact.dial'))
      this.#creates.set(contactId, [...(this.#creates.get(contactId) ?? []), command]);
    for (const one of textsIn(method, params)) this.#said.push({ ...one, command });
  }

  answered(command: Command, result: Members, askedAt: number): void {
    const { method, params } = command;
    if (method === 'customer.erase' || method === 'customer.erasure') return this.#goesOn(command, result);
    if (this.#erasures.size > 0)
      this.#isOfNobody(`${method} ${JSON.stringify(params)}`, JSON.stringify(result), askedAt);
    const name = (params.verifiedIdentities as unknown[] | undefined)?.[0] ?? params.identity;
    if (typeof result.customerId !== 'string') return;
    if (method === 'customer.resolve' || method === 'contact.create') this.#isCalled(result.customerId, name);
    if (method === 'contact.create') this.#isOf(String(result.contactId), result.customerId);
    if (method === 'customer.get')
      for (const one of result.identities as Members[]) this.#isCalled(String(one.customerId), one);
  }

  refused({ params, method }: Command, refusal: unknown, data: Members): void {
    if (method !== 'customer.erase') return;
    const { contactId, balance = 0, held = 0, expected = 0, disputed } = data;
    const wrong = (why: string) =>
      this.#world.breach(`${JSON.stringify(params)} is not erased: ${JSON.stringify(data)}, ${why}`);
    if (refusal === 'customer_has_balance') {
      const isLeft = balance !== 0 && params.leaveBalance !== true;
      if (!isLeft && held === 0 && expected === 0 && disputed === undefined) wrong('and there is nothing');
    }
    if (refusal !== 'customer_still_served' || typeof contactId !== 'string' || this.#world.mayBeJoined()) return;
    const theirs = this.#customersOf.get(contactId);
    const asked = params.customerId ?? this.#whoIs(params.identity);
    if (theirs === undefined || asked === undefined || theirs.has(String(asked))) return;
    if (!this.#isNamedIn(contactId, String(asked))) wrong(`which was of ${[...theirs]}`);
  }

  /** Somebody else's contact, which says a name of the customer: the number of a telephone, as that of whoever calls. */
  #isNamedIn(contactId: string, customerId: string): boolean {
    const shown = this.#shownOf.get(contactId) ?? '';
    return [...(this.#namesOf.get(customerId) ?? [])].some((name) => shown.includes(quoted(valueIn(name))));
  }

  /** A look from outside, asked for at that place in the order of what is heard. */
  looked(shown: readonly Members[], askedAt: number): void {
    for (const { contactId, customerId, from, to, identity, attributes } of shown) {
      if (typeof customerId !== 'string') continue;
      this.#isOf(String(contactId), customerId);
      const before = this.#shownOf.get(String(contactId)) ?? '';
      const now = JSON.stringify([from, to, identity, attributes]);
      if (!before.includes(now)) this.#shownOf.set(String(contactId), before + now);
    }
    if (this.#erasures.size > 0) this.#isOfNobody('a look', JSON.stringify(shown), askedAt);
  }

  /** What customer.erasure says of it; true when it is known for the first time to be gone. */
  stands(shown: Members): boolean {
    const erasure = this.#erasures.get(String(shown.erasureId));
    if (erasure === undefined) return false;
    const isGone = erasure.state !== 'gone' && shown.state === 'gone';
    if (erasure.state === 'erasing' && shown.state !== 'erasing') {
      erasure.erasedSince = this.#world.count();
      for (const text of this.#textsOf(erasure)) erasure.texts.add(text);
      this.#world.seen('erased in the middle');
      for (const [kind, count] of Object.entries(shown.erased as Members))
        if (Number(count) > 0) this.#world.seen(`erased ${kind}`);
    }
    erasure.state = shown.state as Erasure['state'];
    if (isGone) this.#world.seen('gone in the middle');
    return isGone;
  }

  // ── what the other judges ask ──

  /** Somebody may have been erased. */
  get any(): boolean {
    return this.#commands.some(({ inEffect }) => inEffect !== 'no');
  }

  /** Of those that are not known to be gone. */
  get pending(): string[] {
    return [...this.#erasures.values()].flatMap(({ erasureId, state }) => (state === 'gone' ? [] : [erasureId]));
  }

  /** Of those some of which may be there still. */
  get erasing(): string[] {
    return [...this.#erasures.values()].flatMap(({ erasureId, state }) => (state === 'erasing' ? [erasureId] : []));
  }

  isErased(customerId: unknown): boolean {
    return [...this.#erasures.values()].some(({ customers }) => customers.has(String(customerId)));
  }

  /** A name of somebody who was erased, or of nobody who is known. */
  mayBeNamed(identity: unknown): boolean {
    if (!this.any || typeof identity !== 'object' || identity === null) return false;
    const name = nameOf(identity as Members);
    const owners = [...this.#namesOf].flatMap(([customerId, names]) => (names.has(name) ? [customerId] : []));
    // Who was never asked for by a name may have come by any.
    const isUnknown = [...this.#erasures.values()].some(({ customers }) =>
      [...customers].some((one) => !this.#namesOf.has(one)),
    );
    return owners.length === 0 || isUnknown || this.#world.mayBeJoined() || owners.some((one) => this.isErased(one));
  }

  /** The contact may have been one of theirs. */
  mayHave(contactId: unknown): boolean {
    if (!this.any || typeof contactId !== 'string') return false;
    const about = aboutOf(contactId);
    const theirs = this.#customersOf.get(about) ?? nobody.customers;
    if ([...theirs].some((one) => this.isErased(one))) return true;
    const creates = this.#creates.get(about) ?? [];
    const names = creates.flatMap(({ params }) => [
      ...((params.verifiedIdentities as unknown[] | undefined) ?? []),
      ...(params.identity === undefined ? [] : [params.identity]),
      { scheme: 'tel', value: params.from },
    ]);
    const isByName = names.some((name) => this.#whoIs(name) !== undefined && this.mayBeNamed(name));
    if (isByName) return true;
    if (theirs.size > 0 && !this.#world.mayBeJoined()) return false;
    // Nobody was told whose it is: by a token it may be that of another call.
    const mayBeSomebodys = creates.some(
      ({ params }) =>
        params.identity !== undefined || params.verifiedIdentities !== undefined || params.moveToken !== undefined,
    );
    return mayBeSomebodys || isOfRouter(about);
  }

  // ── at last ──

  /** Nothing of those that are gone is on the disk. */
  lookAtDisk(tenant: MemoryTenant): void {
    for (const { erasureId, state, texts } of this.#erasures.values()) {
      if (state !== 'gone') continue;
      const left = placesOf(tenant, [...texts]);
      if (left.length > 0)
        this.#world.breach(`${erasureId} is gone, and on the disk is ${left.slice(0, 5).join(', ')}`);
    }
  }

  /** When everything is at rest: `told` is all that the router tells then. `isAfterRestart`: nothing holds it up any more. */
  atLast(told: Readonly<Record<string, unknown>>, isAfterRestart: boolean): void {
    for (const { erasureId, state } of this.#erasures.values())
      if (isAfterRestart && state !== 'gone') this.#world.breach(`${erasureId} is ${state} when everything is over`);
    if (this.#erasures.size === 0) return;
    for (const [name, shown] of Object.entries(told))
      this.#isOfNobody(name, JSON.stringify(shown) ?? '', Number.POSITIVE_INFINITY);
  }

  // ── ──

  #goesOn(command: Command, result: Members): void {
    const { erasureId, customers, state } = result as Members & { erasureId: string; customers: string[] };
    const known = this.#erasures.get(erasureId);
    if (known === undefined) {
      for (const one of customers)
        if (this.isErased(one)) this.#world.breach(`${one} is erased a second time, by ${erasureId}`);
      this.#erasures.set(erasureId, {
        ...{ erasureId, customers: new Set(customers), commands: [], state: 'erasing', texts: new Set() },
        erasedSince: Number.POSITIVE_INFINITY,
      });
    } else if (customers.some((one) => !known.customers.has(one)))
      this.#world.breach(`${erasureId} was of ${[...known.customers]} and is of ${customers}`);
    const erasure = this.#erasures.get(erasureId)!;
    if (command.method === 'customer.erase') erasure.commands.push(command);
    if (state !== erasure.state) this.stands(result);
  }

  #isOfNobody(what: string, text: string, askedAt: number): void {
    for (const { erasureId, customers, commands, texts, erasedSince } of this.#erasures.values()) {
      const answeredAt = Math.min(...commands.map(({ end }) => end));
      const shown = [...customers].find((one) => text.includes(`"customerId":"${one}"`));
      // By its names nobody is found at once; what names it otherwise goes by and by.
      const isEcho = shown !== undefined && what.includes(`"customerId":"${shown}"`);
      const isShown = shown !== undefined && !isEcho && askedAt > (what === 'a look' ? answeredAt : erasedSince);
      if (isShown) this.#world.breach(`${erasureId} has erased ${shown}, and ${what} shows it: ${text.slice(0, 600)}`);
      if (askedAt <= erasedSince) continue;
      const said = [...texts].find((one) => text.includes(quoted(one)));
      if (said !== undefined)
        this.#world.breach(`${erasureId} has erased ${quoted(said)}, and ${what} tells it: ${text.slice(0, 600)}`);
    }
  }

  /** As far as it is certain that they are theirs. */
  #textsOf({ customers, commands }: Erasure): string[] {
    const before = Math.min(...commands.map(({ start }) => start));
    const isBefore = ({ start, inEffect }: Command) => start < before && inEffect !== 'no';
    const isTheirs = (contactId: string | undefined) => {
      const theirs = contactId === undefined ? undefined : this.#customersOf.get(aboutOf(contactId));
      return theirs !== undefined && [...theirs].every((one) => customers.has(one));
    };
    const said = this.#said.filter(
      ({ command, contactId, customerId }) =>
        isBefore(command) && (isTheirs(contactId) || (customerId !== undefined && customers.has(customerId))),
    );
    const names = [...customers].flatMap((one) => [...(this.#namesOf.get(one) ?? [])]).map(valueIn);
    // What somebody has asked since then, or asks still, is said again.
    const later = this.#heard.flatMap(({ at, text }) => (at > before ? [text] : []));
    return [...said.map(({ text }) => text), ...names.filter((name) => name.length > 8)].filter(
      (text) => !later.some((one) => one.includes(quoted(text))),
    );
  }

  #hears(text: string): void {
    this.#heard.push({ at: this.#world.count(), text });
    for (const { texts } of this.#erasures.values())
      for (const one of texts) if (text.includes(quoted(one))) texts.delete(one);
  }

  #whoIs(identity: unknown): string | undefined {
    if (typeof identity !== 'object' || identity === null) return undefined;
    const name = nameOf(identity as Members);
    const owners = [...this.#namesOf].flatMap(([customerId, names]) => (names.has(name) ? [customerId] : []));
    return owners.at(-1);
  }

  #isOf(contactId: string, customerId: string): void {
    const known = this.#customersOf.get(contactId) ?? new Set();
    this.#customersOf.set(contactId, known.add(customerId));
  }

  #isCalled(customerId: string, identity: unknown): void {
    if (typeof identity !== 'object' || identity === null) return;
    const known = this.#namesOf.get(customerId) ?? new Set();
    this.#namesOf.set(customerId, known.add(nameOf(identity as Members)));
  }
}

function nameOf({ scheme, value }: Members): string {
  return `${String(scheme)} ${String(value)}`;
}

function valueIn(name: string): string {
  return name.slice(name.indexOf(' ') + 1);
}

/** As it is written in a frame. */
function quoted(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

/** What is said of somebody alone, where it is so long or so numbered that nobody else says it. */
function textsIn(method: string, params: Members): Omit<Said, 'command'>[] {
  const contactId = typeof params.contactId === 'string' ? params.contactId : undefined;
  const { attributes, message, notes, data, from, content } = params as Record<string, Members | undefined>;
  const texts = ((): unknown[] => {
    switch (method) {
      case 'contact.create':
        return [attributes?.note, from];
      case 'contact.update':
        return [attributes?.note];
      case 'contact.send':
        return [message?.text];
      case 'contact.wrapUpDone':
        return [notes];
      case 'contact.signal':
        return [data?.candidate];
      case 'document.hand':
        return [content];
      default:
        return [];
    }
  })();
  return texts.flatMap((text) => (isOwn(text) ? [{ text, contactId }] : []));
}

function isOwn(text: unknown): text is string {
  if (typeof text !== 'string') return false;
  return text.startsWith(personal) || Buffer.from(text, 'base64').toString().startsWith(personal);
}

export function placesOf(tenant: MemoryTenant | undefined, texts: readonly string[]): string[] {
  if (tenant === undefined || texts.length === 0) return [];
  const has = (bytes: Uint8Array | undefined) => {
    const whole = bytes === undefined ? '' : Buffer.from(bytes).toString('latin1');
    return texts.find((text) => whole.includes(text));
  };
  const found = (where: string, bytes: Uint8Array | undefined) => {
    const text = has(bytes);
    return text === undefined ? [] : [`${where}: ${quoted(text)}`];
  };
  const entries = [...tenant.entries].flatMap(([number, { input, redo }]) => [
    ...found(`the input of entry ${number}`, input),
    ...found(`the redo of entry ${number}`, redo),
  ]);
  const rows = [...tenant.rows.entries()].flatMap(([key, row]) => {
    const table = `table ${(key.charCodeAt(0) << 8) + key.charCodeAt(1)}`;
    const inKey = texts.find((text) => key.includes(text));
    return inKey === undefined ? found(table, row) : [`a key of ${table}: ${quoted(inKey)}`];
  });
  const snapshots = [...tenant.snapshots].flatMap(([number, { pieces }]) =>
    pieces.flatMap((piece) =>
      found(`the snapshot of entry ${number}`, new Uint8Array(piece.buffer, piece.byteOffset, piece.length)),
    ),
  );
  return [...entries, ...rows, ...snapshots];
}
