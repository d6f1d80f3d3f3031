// The notifications of each audience: numbered, and kept for a while for a client that comes back.
//
//   publish ─ number, bytes ─▶ kept ─ flush, at the end of what a tick tells ─▶ delivered together
//
// An audience is a role and a sub of a tenant; all its sessions see the same numbers. A feed begins with the first
// session of its audience in this process (before that nobody could come back to it) and is forgotten some time after
// the last one has gone. Bounds: events and bytes per feed, feeds without sessions, and bytes of all feeds together;
// past the last, idle feeds go first, then a feed that grows loses its own oldest.

import type { Audience, Role } from '../engine/egress.ts';
import { ringBytesMax, ringEventsMax, ringIdleMs, ringsBytesMax, ringsIdleMax } from '../limits.ts';
import type { MembersEncoder } from '../protocol/encoders.ts';
import { encodeNotification } from './json-rpc.ts';
import { type KeptRun, KeptTexts } from './kept-texts.ts';
import type { NotificationWriter } from './rpc-bytes.ts';

export interface FeedReader {
  /** Good during the call. */
  deliverKept(run: KeptRun): void;
}

/** How an event is written. */
export interface EventText {
  /** Everything up to its number. */
  readonly prefix: string;
  readonly encodeMembers: MembersEncoder;
  /** The quick way, for what it can write. */
  readonly write: NotificationWriter;
}

export interface FeedLimits {
  readonly eventsMax: number;
  readonly bytesMax: number;
  readonly idleMax: number;
  readonly idleMs: number;
  readonly allBytesMax: number;
}

const defaultLimits: FeedLimits = {
  eventsMax: ringEventsMax,
  bytesMax: ringBytesMax,
  idleMax: ringsIdleMax,
  idleMs: ringIdleMs,
  allBytesMax: ringsBytesMax,
};

export class Feed {
  readonly readers = new Set<FeedReader>();
  /** The number of the newest event; 0 before the first. */
  lastSeq = 0;
  /** No longer in the table of feeds: nothing is kept in it any more. */
  isForgotten = false;
  readonly #kept = new KeptTexts();

  get bytes(): number {
    return this.#kept.bytes;
  }

  get kept(): number {
    return this.#kept.count;
  }

  /** Whether everything after `seq` is still here. */
  holdsAfter(seq: number): boolean {
    return seq <= this.lastSeq && seq >= this.lastSeq - this.kept;
  }

  after(seq: number): string[] {
    if (!this.holdsAfter(seq)) throw new RangeError(`the events after ${seq} are not in the feed`);
    return this.#kept.newest(this.lastSeq - seq);
  }

  get hasGathered(): boolean {
    return this.#kept.hasUntaken;
  }

  /** Returns how many bytes it takes; -1 where it has to be made as a text. */
  write(event: EventText, params: Readonly<Record<string, unknown>>): number {
    return this.#kept.write(event.write, this.lastSeq, params);
  }

  /** The newest event of another feed, with this one's number. */
  writeAgain({ prefix }: EventText, other: Feed): number {
    return this.#kept.writeAgain(other.#kept, prefix.length, this.lastSeq);
  }

  get isNearlyFull(): boolean {
    return this.#kept.isNearlyFull;
  }

  /** What is gathered has to be taken first. */
  beginChunk(): void {
    this.#kept.beginChunk();
  }

  /** False: what is gathered has to be taken first. */
  hasRoomFor(text: string): boolean {
    return this.#kept.hasRoomFor(text);
  }

  keep(text: string): number {
    return this.#kept.push(text);
  }

  takeGathered(): KeptRun {
    return this.#kept.take();
  }

  dropOldest(): number {
    return this.#kept.dropOldest();
  }
}

/** The feeds of one tenant, by sub; a record of the roles, since one is found for each event. */
export type TenantFeeds = Readonly<Record<Role, Map<string, Feed>>>;

export class Feeds {
  readonly #limits: FeedLimits;
  readonly #tenants = new Map<string, TenantFeeds>();
  /** Feeds without readers, the longest idle first. */
  readonly #idle = new Map<Feed, { since: number; subs: Map<string, Feed>; sub: string }>();
  #bytes = 0;
  /** Feeds with something gathered, in the order in which it came. */
  #gathering: Feed[] = [];
  /** What was published last, until it is flushed: two are often told the same of one contact. */
  #lastFeed: Feed | undefined;
  #lastEvent: EventText | undefined;
  #lastParams: Readonly<Record<string, unknown>> | undefined;

  constructor(limits: Partial<FeedLimits> = {}) {
    this.#limits = { ...defaultLimits, ...limits };
  }

  get bytes(): number {
    return this.#bytes;
  }
  get idle(): number {
    return this.#idle.size;
  }

  find(tenant: string, { role, sub }: Audience): Feed | undefined {
    this.flush();
    return this.#tenants.get(tenant)?.[role].get(sub);
  }

  /** Somebody of the audience is there; nothing is delivered for it, so it may be asked while something is. */
  hasReaders(tenant: string, { role, sub }: Audience): boolean {
    return (this.#tenants.get(tenant)?.[role].get(sub)?.readers.size ?? 0) > 0;
  }

  ofTenant(tenant: string): TenantFeeds {
    let feeds = this.#tenants.get(tenant);
    if (feeds === undefined) {
      feeds = {
        admin: new Map(),
        app: new Map(),
        switch: new Map(),
        agent: new Map(),
        customer: new Map(),
        supervisor: new Map(),
      };
      this.#tenants.set(tenant, feeds);
    }
    return feeds;
  }

  /** Adds a reader; makes the feed when it is the audience's first. */
  join(tenant: string, { role, sub }: Audience, reader: FeedReader): Feed {
    this.flush();
    const subs = this.ofTenant(tenant)[role];
    let feed = subs.get(sub);
    if (feed === undefined) {
      feed = new Feed();
      subs.set(sub, feed);
    }
    this.#idle.delete(feed);
    feed.readers.add(reader);
    return feed;
  }

  leave(tenant: string, { role, sub }: Audience, reader: FeedReader, now: number): void {
    const subs = this.ofTenant(tenant)[role];
    const feed = subs.get(sub);
    if (feed === undefined || !feed.readers.delete(reader))
      throw new Error('a reader left a feed that it had not joined');
    if (feed.readers.size > 0) return;
    this.#idle.set(feed, { since: now, subs, sub });
    if (this.#idle.size > this.#limits.idleMax) this.#forgetIdlest();
  }

  /** Numbers an event; flush() keeps it and hands it to every reader. An audience without a feed hears nothing. */
  publish(
    feeds: TenantFeeds,
    { role, sub }: Audience,
    event: EventText,
    params: Readonly<Record<string, unknown>>,
  ): void {
    const feed = subsOf(feeds, role).get(sub);
    if (feed === undefined) return;
    feed.lastSeq += 1;
    if (!feed.hasGathered) this.#gathering.push(feed);
    const isSame = params === this.#lastParams && event === this.#lastEvent;
    let bytes = isSame ? feed.writeAgain(event, this.#lastFeed as Feed) : feed.write(event, params);
    if (bytes < 0 && feed.isNearlyFull) {
      this.#begin(feed);
      bytes = feed.write(event, params);
    }
    if (bytes >= 0) this.#bytes += bytes;
    else this.#keepText(feed, event, params);
    this.#lastFeed = feed;
    this.#lastEvent = event;
    this.#lastParams = params;
  }

  #begin(feed: Feed): void {
    if (feed.hasGathered) this.#tellNow(feed);
    feed.beginChunk();
  }

  /** Of a feed to which more is coming. */
  #tellNow(feed: Feed): void {
    this.#tell(feed);
    // Whoever is closed by what it is told may have led to flush().
    this.#gathering.push(feed);
  }

  #keepText(feed: Feed, event: EventText, params: Readonly<Record<string, unknown>>): void {
    const text = encodeNotification(event.prefix, feed.lastSeq, event.encodeMembers(params));
    if (feed.hasGathered && !feed.hasRoomFor(text)) this.#tellNow(feed);
    this.#bytes += feed.keep(text);
  }

  /** Whatever was published before is kept and delivered when it returns. */
  flush(): void {
    if (this.#gathering.length === 0) return;
    const feeds = this.#gathering;
    this.#gathering = [];
    this.#lastFeed = undefined;
    this.#lastEvent = undefined;
    this.#lastParams = undefined;
    // A reader that is closed by what it is told may lead back here, to a feed that is just being told.
    for (const feed of feeds) if (!feed.isForgotten && feed.hasGathered) this.#tell(feed);
  }

  #tell(feed: Feed): void {
    const run = feed.takeGathered();
    for (const reader of feed.readers) reader.deliverKept(run);
    this.#trim(feed);
  }

  /** Forgets feeds that have been idle for too long. */
  expire(now: number): void {
    for (const { since } of this.#idle.values()) {
      if (since + this.#limits.idleMs > now) return;
      this.#forgetIdlest();
    }
  }

  #trim(feed: Feed): void {
    const { eventsMax, bytesMax, allBytesMax } = this.#limits;
    while (feed.kept > eventsMax || feed.bytes > bytesMax) this.#bytes -= feed.dropOldest();
    while (this.#bytes > allBytesMax && this.#idle.size > 0) this.#forgetIdlest();
    while (this.#bytes > allBytesMax && feed.kept > 0 && !feed.isForgotten) this.#bytes -= feed.dropOldest();
  }

  #forgetIdlest(): void {
    const [entry] = this.#idle;
    const [feed, { subs, sub }] = entry!;
    this.#idle.delete(feed);
    subs.delete(sub);
    feed.isForgotten = true;
    this.#bytes -= feed.bytes;
  }
}

/** Looked at first where nearly all goes to: finding a member by a name that is no constant costs more. */
function subsOf(feeds: TenantFeeds, role: Role): Map<string, Feed> {
  return role === 'agent' ? feeds.agent : role === 'switch' ? feeds.switch : feeds[role];
}
