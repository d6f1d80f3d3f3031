// What a domain module is, and all that it may use. The engine knows nothing of modules but this.
//
// A module is made once per partition. It does no I/O and reads no clock: what it needs comes as an argument. It keeps
// in memory only what load() can make again from tables and from the core's description of itself, because a rebuild
// throws the memory of modules away. Durable state is rows in the tables that it declares; modules meet in those, in
// effects and in the read-only RoutingView, never in each other's internals.
//
//   request ── handler(params, admission) ──▶ refusal │ result │ pending (commands for the core, guard writes)
//                                                                   │ step
//   effects ── react(effect, reaction) ──▶ writes, notifications, follow-ups
//                                                                   │
//   pending(reaction) ──▶ result or refusal, sent when the tick is durable, before the tick's notifications

import type { CommandEncoder, ContactHandle } from '../engine/command-encoder.ts';
import type { Effect } from '../engine/effects.ts';
import type { Audience, Caller, ClientAnswer, Role } from '../engine/egress.ts';
import type { ConfigDocument } from '../protocol/config-document.ts';
import type { LegCause } from '../protocol/legs.ts';
import type { notMovedReasons } from '../protocol/mobility.ts';
import type { AffinityPolicy, QueuePolicy } from '../protocol/queue-policy.ts';
import type { Refusal, RefusalName } from '../protocol/refusals.ts';
import type { TenantProperties } from '../protocol/tenant-settings.ts';
import type { ErasedPerson, ErasingStep, StillServedIn } from './erased-person.ts';
import type { ReleasedContact } from './routing/contacts.ts';
import type { ExportSource, SearchedExport, TimelineSource } from './timeline-source.ts';

/** A row's key: numbers are ordered by value, texts by their UTF-8 bytes, arrays part by part. */
export type RowKey = number | string | readonly (number | string)[];
export type Row = Readonly<Record<string, unknown>>;

export interface TableDeclaration {
  readonly name: string;
  /** Stable for ever, 1..65535, unique among all modules: the first two bytes of each key. */
  readonly id: number;
  /** Rows hold names, texts or numbers of persons: erasing has to reach them. */
  readonly personal: boolean;
}

export interface RowRange {
  readonly prefix?: RowKey;
  readonly from?: RowKey;
  /** Goes on after a page: the key of its last row. */
  readonly after?: RowKey;
  readonly limit: number;
  readonly reverse?: boolean;
}

/** Keys come in ascending order. */
export type KeyRange = Omit<RowRange, 'reverse'>;

export interface TableReader {
  get(table: TableDeclaration, key: RowKey): Row | undefined;
  /** At most `limit` rows; handlers have no unbounded scans. */
  range(table: TableDeclaration, range: RowRange): { readonly key: RowKey; readonly row: Row }[];
  /** The keys of range(), without reading the rows. */
  keys(table: TableDeclaration, range: KeyRange): RowKey[];
}

/** Rows are given away: what was put must not be changed afterwards. */
export interface TableWriter extends TableReader {
  put(table: TableDeclaration, key: RowKey, row: Row): void;
  remove(table: TableDeclaration, key: RowKey): void;
}

/** While a tick is being closed, on behalf of one request. */
export interface Admission {
  /** The tick's one time. */
  readonly now: number;
  readonly tick: number;
  /** Undefined for a follow-up. */
  readonly caller: Caller | undefined;
  /**
   * Sees all earlier ticks and this tick's earlier admissions. Writes are journalled with the tick and taken back when
   * the core refuses the request; so they must not be computed from rows that another request of the tick has written,
   * unless a refusal or a repetition is all that follows from them.
   */
  readonly tables: TableWriter;
  /** Commands for the core, of this request: all take effect or the first refused one undoes the request's writes. */
  readonly core: CommandEncoder;
  /**
   * Takes back a change to the module's memory when the request is taken back; run in reverse order. Told the core's
   * refusal, or undefined when the core never saw the request's commands: it was refused or postponed before.
   */
  readonly onUndo: (undo: (refusal: Refusal | undefined) => void) => void;
  /** This very request or follow-up, for later ones of the tick that need it. */
  readonly undecided: Undecided;
  /**
   * Where the core refuses that one, this one is refused as well, and taken back before it is: for what has no command of its own that the
   * core would refuse.
   */
  needs(undecided: Undecided, refusal: Refusal): void;
  /** Unguessable: for what the router makes and nobody else may know. */
  bytes(count: number): Uint8Array;
  readonly kept: KeptCommands;
}

/** What the engine keeps of requests: first answers, and what was set aside. */
export interface KeptCommands {
  /** Says no more than that there was something, where it names somebody. Returns how many did. */
  erase(isNamedIn: (value: unknown) => boolean, tables: TableWriter): number;
}

/** Of the tick that is being closed: the core has still to decide. Modules keep it no longer than that. */
export interface Undecided {
  readonly index: number;
}

/** After the core has run: the effects are facts, so nothing here can be refused. */
export interface Reaction {
  readonly now: number;
  readonly tick: number;
  readonly tables: TableWriter;
  /** Sent when the tick is durable, after all of its answers, in this order. */
  notify(audience: Audience, event: string, params: Readonly<Record<string, unknown>>): void;
  /**
   * Asks a client that is connected, behind the notifications; its answer comes to `answered(reference, …)`. What must be
   * done in the end is a row of the module's, and asked again when the client connects.
   */
  ask(ask: ModuleAsk): void;
  /** How many follow-ups have led here, one by another: `followUpDepthMax` at most. */
  readonly depth: number;
  /** The next tick begins with it, even after a crash in between: `followUps[name](params, admission)`. */
  followUp(name: string, params: Row): void;
  /** Calls woken() once `at` is reached; not durable, for notifications alone (statistics). */
  wakeAt(at: number): void;
  readonly kept: KeptCommands;
  /**
   * Of rows that were removed or changed up to this tick no byte is to stay on the disk: gone(reference) is called once that is so.
   * Whoever asks has a row that says so, and asks again after a start.
   */
  bytesGo(reference: string): void;
}

export interface ModuleAsk {
  readonly audience: Audience;
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
  /** The module's own name for it. */
  readonly reference: string;
  /** How long the sessions keep a place for the answer. */
  readonly timeoutMs: number;
}

export type Pending = (reaction: Reaction) => { readonly result: unknown } | Refusal;
/** What a refusal of the core means to whoever asked: the core knows slots, not what became of who was in them. */
export type Reworded = (refusal: Refusal) => Refusal;
export type Admitted =
  | Refusal
  /** A refusal of which something is kept: `noted` writes it once everything else of the request has been taken back. */
  | { readonly refused: Refusal; readonly noted: (admission: Admission) => void }
  | { readonly result: unknown }
  | { readonly pending: Pending; readonly reworded?: Reworded };

// biome-ignore lint/suspicious/noExplicitAny: each handler's params are typed by the method table where it is registered
export type Handler = (params: any, admission: Admission) => Admitted;
export type FollowUpHandler = (params: Row, admission: Admission) => void;
/** What is done when the core has run, of what a module was told rather than asked. */
export type Afterwards = ((reaction: Reaction) => void) | undefined;

export interface LoadContext {
  readonly now: number;
  readonly tables: TableReader;
  /** Everything alive in the core: AGENT_STATE, LINE, CONTACT_STATE and PROFILE_STATE effects. Empty in a new partition. */
  readonly live: readonly Effect[];
}

/** Hooks by which a module adds to another module's commands on their way in, in the order of modules. */
export interface Shapes {
  /** May fill the draft in; a refusal ends the request. */
  contactCreate?(draft: ContactDraft, admission: Admission): Refusal | undefined;
  /** An agent calls out on a line of that channel: who makes the call. A refusal ends the request. */
  dials?(channel: string): 'switch' | 'agent' | Refusal;
  /** A live contact is shown to somebody: what the module has to add. */
  contactShown?(contact: { readonly slot: number; readonly number: number }, shown: Record<string, unknown>): void;
  /** As contactShown(), of one that waits or rings, too. */
  anyContactShown?(contact: { readonly slot: number; readonly number: number }, shown: Record<string, unknown>): void;
  /** A contact is shown to an agent: what there is to say of its customer. */
  customerShown?(
    of: { readonly customerNumber: number | undefined; readonly owner: Pick<Audience, 'role' | 'sub'> },
    shown: Record<string, unknown>,
  ): void;
  /** The id by which the customer of this number is known now. */
  customerIdOf?(number: number): string;
  /** The tenant's settings, as they are from now on. */
  tenantSet?(given: TenantProperties, admission: Admission): void;
  /** The agent is set up, or otherwise than before: other queues may be its own, and no effect says so. */
  agentSet?(agentId: string, admission: Admission): void;
  /** Nobody is in the queue any more, and it is about to be removed. */
  queueRemove?(queueId: string, admission: Admission): void;
  /** The agent is logged out and about to be removed: drop what belongs to it. A refusal ends the request. */
  agentRemove?(agent: { readonly agentId: string; readonly handle: number }, admission: Admission): Refusal | undefined;
  /**
   * A contact is to leave its queue, or cannot get in, and the policy says what its customer gets instead. Undefined where that cannot be:
   * it has no number, or no leg. Nothing is written before one of the ways is taken.
   */
  insteadOfWaiting?(what: InsteadExit, leaving: LeavingUnserved): Instead | undefined;
  /**
   * A new contact was kept out of the queue that it asked for. With an admission where that was found on the way in; else it was
   * the core that found it.
   */
  contactKeptOut?(queueId: string, admission: Admission | undefined): void;
  /**
   * A contact is sent to a number outside. Undefined: not by this module. It begins as the tick settles, where the contact waits for
   * it then, withheld; what comes of it is the contact's end as `transferredOut`, or backFromOutside(). Of a consultation: what comes of
   * it is told by outsideIs(), and once the consultation ends as `handedOver` the number is the contact's that it was about.
   */
  sentOutside?(call: OutsideCall, admission: Admission): Refusal | 'begins' | undefined;
  /** Flows that the module serves: where exits `{flow: NAME}` of queues lead. Each name is served by one module. */
  readonly flow?: FlowHook;
  /**
   * A new contact may be a live call, at another device of its customer: which one, or why it is neither. Undefined: it is a contact of its
   * own. What is a move is given another name of that contact, and moved() follows where it is not given up.
   */
  callMoves?(second: SecondCall, admission: Admission): ContactHandle | Refusal | undefined;
  /** Whoever brought a second call has cancelled it. False: nothing is being set up under this id. */
  moveGivenUp?(contactId: string, admission: Admission): boolean;
  /** It waits or rings, and its queue has changed: its policy, its hours, or who is there. */
  contactSwept?(contact: ContactHandle, admission: Admission): void;
  /** False: it is not to be offered, whatever else becomes of it. */
  isOfferable?(contact: ContactHandle): boolean;
  /** What the module sets up, each kind a part of the configuration document. */
  readonly config?: readonly ConfigPart[];
}

/** What contact.create brings that may be a call which is live, at another device. */
export interface SecondCall {
  readonly contactId: string;
  readonly channel: string;
  /** As it is kept: of a move token the digest. */
  readonly params: Readonly<Record<string, unknown>>;
  readonly owner: { readonly role: Role; readonly sub: string };
}

/** A second call that has been taken for a live one. */
export interface NamedCall {
  readonly contactId: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly owner: { readonly role: Role; readonly sub: string };
}

/** By whoever has the legs, for whoever says which calls are the same. */
export interface MovesCalls {
  /** Whether its customer is at a leg; one with and one without are not the same call. */
  hasLeg(contact: ContactHandle): boolean;
  /** What was found to be the same: a refusal is of its leg. */
  begin(second: SecondCall, of: ContactView, admission: Admission): Refusal | undefined;
  giveUp(contactId: string, admission: Admission): boolean;
  /** The id of the one that is being set up first. */
  movingTo(contact: ContactHandle): string | undefined;
  legOf(contact: ContactHandle): { readonly legId: string; readonly switchId: string } | undefined;
}

/** Its first call was over before the second had taken its place. */
export interface OwnWay {
  readonly legId?: string;
  /** Who served the first. */
  readonly agentId?: string;
}

export type NotMovedWhy = (typeof notMovedReasons)[number];

/**
 * A contact that leaves its queue by an exit to a flow, or is not let in, is the flow's: it waits, is offered to nobody, and no exit of its queue looks at it
 * until SendsContacts.fromFlow() gives it back or ends it. That it has it is in the contact's row; whatever else the flow knows is its own. Both are told as
 * routing settles, before the module: what follows from them is done as the module settles itself.
 */
export interface FlowHook {
  serves(name: string): boolean;
  taken(contact: ContactView, how: { readonly flow: string; readonly why: string }): void;
  /** It is the flow's no longer: given back, over (its customer has hung up, or somebody ended it), or moved elsewhere. */
  left(contact: ContactHandle): void;
}

/** What a flow does with a contact that it has: back to the queue that it left, to another one, or to its end. */
export type GivenBack = { readonly queueId?: string } | { readonly end: true };

export interface OutsideCall {
  readonly contact: ContactView;
  readonly number: string;
  readonly ringMs: number;
  /** It is a consultation about this one, whose agent is to be joined with the number. */
  readonly asks: ContactView | undefined;
}

/** The members of the document that modules other than routing own. */
export type ConfigMember = 'switches' | 'webhooks' | 'alerts' | 'numberPlans' | 'platforms' | 'identityRules';
export type ConfigGiven<Member extends ConfigMember> = NonNullable<ConfigDocument[Member]>[number];

/**
 * One kind of things in the configuration document. Everything is asked before anything is written: what `write` and
 * `remove` are called for has been let through, and they are taken back by onUndo and by the engine as those of any request.
 */
export interface ConfigPart<Member extends ConfigMember = ConfigMember, Given = ConfigGiven<Member>> {
  readonly member: Member;
  /** As config.apply calls one of them in what it says of them. */
  readonly kind: 'switch' | 'webhook' | 'alert' | 'numberPlan' | 'platform' | 'identityRule';
  /** So many there may be, and what more are refused with. */
  readonly most: number;
  readonly tooMany: RefusalName;
  /** Who may make, change and remove them; absent: whoever may apply a document. */
  readonly roles?: readonly Role[];
  idOf(given: Given): string;
  /** All that are set up, as config.export shows them, in the order in which they were made. */
  all(): Given[];
  /** It is there, and what the document says would change nothing. */
  isSo(given: Given): boolean;
  /** Of a document that names it, and would make or change it. */
  refuse?(given: Given): Refusal | undefined;
  /** Of all of the document, and what there would be then of this kind and of others. */
  refuseDocument?(document: ConfigDocument): Refusal | undefined;
  /** The queue that it is about: config.apply lets none through whose queue is not there then. */
  queueOf?(given: Given): string | undefined;
  /** What one that a complete document does not name is set to, where it cannot go. */
  insteadOf?(given: Given): Given | undefined;
  write(given: Given, admission: Admission): void;
  remove(given: Given, admission: Admission): void;
}

/** What an exit may say besides the end and a queue. */
export type InsteadExit = 'callback' | 'voicemail';

/** Of a contact whose customer gets something else, whether it lives or was not let in. */
export interface LeavingUnserved {
  readonly contactId: string;
  readonly queueId: string;
  readonly channel: string;
  readonly owner: { readonly role: Role; readonly sub: string };
  readonly params: Readonly<Record<string, unknown>>;
  /** Undefined: it was not let in. */
  readonly live: ContactView | undefined;
}

export interface Instead {
  /** What whoever brought it hears of it, with the refusal, where it is not let in. */
  readonly told: Readonly<Record<string, unknown>>;
  /** Tells the core that the contact leaves, where it lives; else it was refused so. */
  begin(admission: Admission, refusal?: Refusal): void;
  /** The core has refused to let it in: it begins when the tick settles. */
  beginLater(refusal: Refusal): void;
}

/** A contact that a module makes: let in before, for whoever asked for it. */
export interface ContactOfModule {
  readonly params: Readonly<Record<string, unknown>>;
  readonly owner: { readonly role: Role; readonly sub: string };
  readonly place: PlaceInLine | undefined;
  readonly extra: Readonly<Record<string, unknown>>;
  /** Its customer has come by itself before: it is paid for as any that comes. */
  readonly hasCome?: boolean;
}

/** As the end of the contact said that had it: no two that live have the same. */
export interface PlaceInLine {
  readonly arrivedAt: number;
  readonly sequence: number;
}

/** What contact.create is about to make. */
export interface ContactDraft {
  readonly contactId: string;
  readonly number: number;
  readonly slot: number;
  readonly queueId: string;
  readonly channel: string;
  readonly params: Readonly<Record<string, unknown>>;
  /** A module brings it: its customer has not come by itself. */
  readonly isBrought: boolean;
  /** But it had come before, and this is who brought it then: a second call that goes its own way. */
  readonly cameBy: { readonly role: Role; readonly sub: string } | undefined;
  /** An agent calls out: its customer has not come either, and nobody is led anywhere. */
  readonly isDialled: boolean;
  /** Who its customer is, as somebody else says, where it says nothing itself. */
  identity?: { readonly scheme: string; readonly value: string };
  /** Columns that end up in the contact's row and in what agents see of it. */
  customer: { readonly customerId: string; readonly number: number } | undefined;
  /** Whom its customer knows, where the queue leads it to that one. */
  affinity: AffinityDraft | undefined;
  /** Who served its customer last, where a queue counts that. */
  lastAgentId: string | undefined;
  extra: Record<string, unknown>;
  /** Its media are at a switch: accepting an offer does not connect it yet. */
  withLegs: boolean;
  /** That it is given, where somebody has kept one for its customer. */
  place: PlaceInLine | undefined;
  /** It is a consultation. */
  readonly about: AboutContact | undefined;
  /** A colleague calls. */
  readonly calledBy: CallFrom | undefined;
}

/** What a colleague who calls has on the line. */
export interface CallFrom {
  /** The number and the id of that contact. */
  readonly of: number;
  readonly contactId: string;
  readonly agentId: string;
  readonly lineId: string;
  /** A switch makes the call. */
  readonly withLegs: boolean;
}

/** How a contact asks for the agent whom its customer knows. */
export interface AffinityDraft {
  /** The agent's handle. */
  readonly agent: number;
  readonly waitMs: number;
  readonly waits: AffinityPolicy['waits'];
  readonly orElse: AffinityPolicy['orElse'];
}

/** What a consultation is about. */
export interface AboutContact {
  /** The number of that contact. */
  readonly of: number;
  readonly contactId: string;
  /** Who asks. */
  readonly agentId: string;
}

/** A live contact, as other modules may see it. */
export interface ContactView {
  readonly contactId: string;
  readonly slot: number;
  readonly number: number;
  readonly queueId: string;
  /** The queue's handle. */
  readonly queue: number;
  readonly channel: string;
  readonly state: 'waiting' | 'waitingFor' | 'ringing' | 'connecting' | 'connected' | 'wrapUp';
  readonly agentId: string | undefined;
  readonly agentHandle: number | undefined;
  readonly lineId: string | undefined;
  /** The number of the offer that was taken, or of the first of those that ring. */
  readonly offer: number;
  /** Of the offer that rings at the agent of this handle. */
  offerTo(agent: number): number | undefined;
  /** It is not to be offered, until contactWithhold() says otherwise. */
  readonly withheld: boolean;
  /** A number is rung for it, or it is with that one. */
  readonly isOutside: boolean;
  /** Its customer is to choose an agent, and it is withheld meanwhile. */
  readonly isChoosing: boolean;
  /** The flow that has it, or is to have it once it rings no longer. */
  readonly flow: string | undefined;
  /** The handle of the agent who sent it there, to whom it comes back. */
  readonly sentOutsideBy: number | undefined;
  readonly priority: number;
  readonly from: string | undefined;
  readonly policy: Pick<
    QueuePolicy,
    'afterBusyMs' | 'afterRejectMs' | 'autoAnswer' | 'offerMs' | 'recording' | 'whenLegLost'
  >;
  /** Its customer is called once an agent has taken it: where, and how long it rings there. */
  readonly calls: CallToMake | undefined;
  /** How long it may take from the acceptance of an offer until its legs are joined. */
  readonly connectMs: number;
  /** It was made for a callback. */
  readonly isCallback: boolean;
  /** An agent has called out, or a colleague. */
  readonly isDialled: boolean;
  /** One side of a call between two agents. */
  readonly isInternal: boolean;
  /** Of what the caller has of one: what the called one has. */
  readonly called: ContactView | undefined;
  /** And from there, what the caller has. */
  readonly caller: ContactHandle | undefined;
  /** It is put aside: nobody is offered it, and it waits in no queue. */
  readonly isParked: boolean;
  readonly parkedBy: string | undefined;
  /** The core has let it in: it is not of the very tick that is being closed. */
  readonly isLetIn: boolean;
  readonly created: Readonly<Record<string, unknown>>;
  /** What it asks for now. */
  readonly wishes: Readonly<Record<string, unknown>>;
  readonly arrivedAt: number;
  /** When it was created: later than its arrival where it has the place of an earlier one. */
  readonly joinedAt: number;
  /** Over for the customer since then. */
  readonly endedAt: number | undefined;
  readonly customerNumber: number | undefined;
  readonly owner: Audience;
  /** It is a consultation. */
  readonly about: AboutContact | undefined;
  /** The consultation about it that is open. */
  readonly consult: ConsultView | undefined;
  /** Its customer was with an agent, and it is not over. */
  readonly isLive: boolean;
  /** Who serves it, or did so last. */
  readonly lastServedBy: string | undefined;
  /** When its customer was with an agent first; 0: never. */
  readonly firstConnectedAt: number;
  readonly names: readonly ContactName[];
  /** What modules have added when it was created, and since. */
  readonly extra: Readonly<Record<string, unknown>> | undefined;
}

/** Members of its view, each in place of the one of that name; and attributes beside those that it has. */
export interface ContactAdditions {
  readonly extra: Readonly<Record<string, unknown>>;
  readonly attributes?: Readonly<Record<string, unknown>> | undefined;
}

/** Which customers are one person: those that are known by several names (customers/persons.ts). */
export interface PersonsView {
  /** The oldest of them, by whose id the person is called; itself, of one that is one with nobody. */
  headOf(customer: number): number;
  /** All of them, in ascending order: what any of them has is the person's. */
  membersOf(customer: number): readonly number[];
  /** They are the same person. */
  areOne(one: number, other: number): boolean;
  /** Whom the parameters of contact.create name, of those who are known. */
  named(params: Readonly<Record<string, unknown>>, tables: TableReader): number | undefined;
}

/** Customers are one person from now on, or are no more: by persons, before and after; each customer is in both, once. */
export interface Regrouped {
  readonly before: readonly (readonly number[])[];
  readonly after: readonly (readonly number[])[];
}

/** Another name of a contact: the id of a call that was found to be this one at another device. */
export interface ContactName {
  readonly contactId: string;
  readonly created: Readonly<Record<string, unknown>>;
  readonly owner: { readonly role: Role; readonly sub: string };
  /** When its customer was there; absent: never. */
  readonly movedAt?: number;
}

/** What a customer is asked to rate by the keys of a telephone, or by text. */
export interface SurveyedItem {
  readonly item: string;
  readonly from: number;
  readonly to: number;
}

/** What came of asking so far. */
export interface Surveyed {
  readonly contactId: string;
  readonly contactNumber: number;
  readonly agentId: string;
  readonly given: Readonly<Record<string, number>>;
}

/** By whoever keeps ratings, for whoever asks: by telephone or by text. */
export interface Surveying {
  asks(by: 'digits' | 'text'): boolean;
  /** Of a contact that is over: none, where its customer is not to be asked. */
  itemsFor(contact: ContactView, by: 'digits' | 'text'): readonly SurveyedItem[];
  /** How it is asked for by text. */
  questionFor(item: SurveyedItem): string;
  thanks(): string | undefined;
  textAnswerMs(): number;
  /** Whoever asks has a follow-up `told`, by which the next tick comes at once: webhooks hear of it then. */
  given(what: Surveyed, reaction: Reaction): void;
}

/** An agent who is ready and could serve a contact. */
export interface CandidateAgent {
  readonly agentId: string;
  readonly handle: number;
  readonly name?: string;
  readonly isFree: boolean;
}

/** Whom the customer of a contact has chosen. */
export interface AgentChoice {
  readonly agentId: string;
  /** The queue of the agent's that it goes to. */
  readonly queueId: string | undefined;
  /** What it is credited with there, beside its own. */
  readonly creditMs: number;
  /** How long it waits for the agent; undefined: as the queue has it. */
  readonly waitMs: number | undefined;
}

export interface ConsultView {
  readonly contactId: string;
  readonly slot: number;
  readonly number: number;
  /** Whoever was asked has taken it. */
  readonly isConnected: boolean;
}

/** What agents see of a callback, in the contact. */
export interface CallbackShown extends CustomerCall {
  readonly callbackId: string;
  readonly first: 'agent' | 'customer';
  /** Who rings the customer: without a switch that does, the agent who has taken it. */
  readonly dials: 'switch' | 'agent';
  /** Which one it is: 1 is the first. */
  readonly attempt: number;
  readonly requestedAt: number;
}

export interface CustomerCall {
  readonly number: string;
  readonly ringMs: number;
}

/** Who is rung once an agent is there. */
export interface CallToMake {
  /** Absent: a colleague without one. */
  readonly number?: string | undefined;
  readonly ringMs: number;
  /** A colleague, who is offered it as a contact. */
  readonly isInside?: boolean;
}

export interface LineView {
  readonly lineId: string;
  readonly handle: number;
  readonly channel: string;
  readonly state: 'free' | 'ringing' | 'connected' | 'wrapUp';
  /** Its telephone number. */
  readonly number: string | undefined;
  readonly contactId: string | undefined;
}

export interface RoutingView {
  contactByHandle(slot: number, number: number): ContactView | undefined;
  contactById(contactId: string): ContactView | undefined;
  /** By its whole number; only while it lives. */
  contactByNumber(number: number): ContactView | undefined;
  /**
   * The contact of this id that lives, or else is remembered: its number, and whether the caller may see it. Undefined: there is none.
   */
  meantBy(
    contactId: string,
    caller: Caller,
    tables: TableReader,
  ): { readonly number: number; readonly isSeen: boolean } | undefined;
  /** Those that the caller has or has brought, as the state of its session has them; at most so many are looked at. */
  contactsOf(caller: Caller, atMost: number): Iterable<ContactView>;
  /** Those that live, of a customer, the one that came last first: below a time and a number. */
  liveContactsOf(customer: number, before: readonly number[]): Iterable<ContactView>;
  /** The number of the customer of a contact that lives or is remembered, where the caller may see it. One of this tick is not found yet. */
  customerOfContact(contactId: string, caller: Caller, tables: TableReader): { readonly customer?: number } | undefined;
  /** All that is kept of a contact that lives or is remembered. */
  contactKept(number: number, tables: TableReader, now: number): Row | undefined;
  /** Only its id: for what looks at every effect. */
  contactIdOf(slot: number, number: number): string | undefined;
  /** The whole number of a live contact, of which effects have the low half. */
  contactNumberOf(slot: number, low: number): number;
  /** Since when the contact has been waiting, or had been when it was connected: who was served before waits anew. */
  waitsFrom(slot: number, low: number): number;
  /** What the contact is about, where it is a consultation. */
  aboutOf(slot: number, low: number): AboutContact | undefined;
  /** It is no contact, but what an agent wraps up after one that has gone on. */
  isPart(slot: number, low: number): boolean;
  /** The contact that the effect on its way has released, as it is stored: reading it back would cost as much as the record. */
  released(low: number): ReleasedContact | undefined;
  /** What a live contact was created with: for what looks at every contact. */
  createdOf(slot: number, low: number): ContactView['created'] | undefined;
  agentIdOf(handle: number): string;
  /** Whom to tell of what concerns the agent. */
  agentAudience(handle: number): Audience;
  agentHandleOf(agentId: string): number | undefined;
  /** Over for the customer, and remembered. */
  isOver(contactId: string): boolean;
  candidatesFor(contact: ContactHandle): Iterable<CandidateAgent>;
  chooseAgent(contact: ContactHandle, choice: AgentChoice, admission: Admission): Admitted;
  /** The queues of the agent, by their policies; in the order in which they were made. */
  queuesOfAgent(agentId: string): Iterable<{ readonly queueId: string; readonly policy: QueuePolicy }>;
  /** The result of what changes a contact. */
  briefOf(contact: { readonly slot: number; readonly number: number }, now: number): Readonly<Record<string, unknown>>;
  lineIdOf(handle: number): string;
  /** Where to ring. */
  lineAt(handle: number): { readonly lineId: string; readonly number: string | undefined };
  linesOf(agentId: string): readonly LineView[];
  queueIdOf(handle: number): string;
  /** Whether any queue counts who served a customer last. */
  readonly asksForLastAgent: boolean;
  /** How the queue leads customers to whom they know; undefined where it does not, or there is no such queue. */
  affinityIn(queueId: string): AffinityPolicy | undefined;
  /** Undefined where there is no such queue. */
  queueNow(queueId: string, now: number): QueueNow | undefined;
  /** Whoever is offered it, or serves it, is told. Of one that is no more nothing is done. */
  tellAgents(contact: ContactHandle, changed: Readonly<Record<string, unknown>>, reaction: Reaction): void;
  /** As contact.changed tells them, and it is kept. */
  addToContact(contact: ContactHandle, additions: ContactAdditions, reaction: Reaction): void;
  /** Makes a contact on behalf of a module; what the core refuses comes to `onUndo`, as for a request. */
  bringContact(contact: ContactOfModule, admission: Admission): ContactHandle | Refusal;
  /** One side of a call between two agents. */
  isInternal(slot: number, low: number): boolean;
  /** That, or a consultation. */
  isBetweenAgents(slot: number, low: number): boolean;
  /** Of a call between two agents: the contact of the other one. */
  otherSideOf(slot: number, low: number): ContactView | undefined;
  /** The two sides of each call between two agents that lives: what the caller has on the line, and what a colleague has. */
  calls(): Iterable<readonly [caller: ContactHandle, called: ContactHandle]>;
  /** An agent has called out, and the contact has not been sent on: it is in no number of its queue. */
  isOutbound(slot: number, low: number): boolean;
  /** The contact was brought with its customer's leg, or the call that an agent made came about. */
  cameWithLeg(slot: number, low: number): boolean;
  /** The customer of the contact is to be rung by a switch, once an agent has taken it. */
  isToBeCalled(slot: number, number: number): boolean;
  /** As Admission.needs(), where the contact is created in this very tick. */
  needsContact(contact: ContactHandle, refusal: Refusal, admission: Admission): void;
  /** It was marked to leave while it rings, and is to stay after all. */
  keepContact(contact: ContactView, admission: Admission): void;
  policyOf(queue: number): QueuePolicy;
  /** Undefined where nobody knows the customer, or the contact is no more. */
  customerNumberOf(slot: number, low: number): number | undefined;
  isParked(slot: number, low: number): boolean;
  /** How long it would wait at this place of its queue, 1 is next; null where that is not known. */
  estimatedMs(contact: ContactHandle, position: number, now: number): number | null;
  /** The queue's numbers of now, as supervisors see them; undefined where there is no such queue. */
  statisticsOf(queueId: string, now: number): QueueNumbers | undefined;
  /** The queues that have an exit to a flow of this name. */
  queuesNamingFlow(name: string): string[];
  /** Supervisors who watch the queue; of none, who watch anything. */
  watchersOf(queueId: string | undefined): Iterable<Audience>;
  /** Who is set up, in the order in which they were made, after a handle; -1 is before all. */
  queuesAfter(handle: number): Iterable<{ readonly queueId: string; readonly handle: number }>;
  agentsAfter(handle: number): Iterable<{ readonly agentId: string; readonly handle: number }>;
  /** What the agent may take at once, by channel, and the number that the core knows the channel by. */
  capacityOf(agentId: string): readonly AgentCapacity[];
  channelName(channel: number): string;
  /** What the agent chose last, whatever it is doing; it must exist. */
  agentChoice(handle: number): 'loggedOut' | 'notReady' | 'ready';
  /** The tenant's settings, as given. */
  tenantGiven(tables: TableReader): TenantProperties;
  /** As agents are shown it; the agent must exist. */
  agentStateOf(agentId: string): AgentStateView;
}

export interface QueueNow {
  readonly handle: number;
  readonly policy: QueuePolicy;
  readonly isClosed: boolean;
  /** When its calendar opens or closes it next, where that has closed it. */
  readonly opensAt: number | undefined;
  takes(channel: string): boolean;
  /** Whoever is logged in and ready, whatever it is doing; and with nothing to do. */
  readonly agentsReady: number;
  readonly agentsFree: number;
  /** How many wait who came before, counted to a bound; and how long whoever comes behind them would wait, if that is known. */
  waitFrom(arrivedAt: number): { readonly ahead: number; readonly expectedMs: number | undefined };
}

/** What a module that finds out that a contact in service has lost its agent may have done, while a tick is being closed. */
export interface SendsContacts {
  /**
   * The contact is back in its queue, at its place, or with whoever its agent was asking about it; its agent wraps up, and gets no
   * offers for so long. One that is not in service stays, and a consultation is over.
   */
  toQueue(
    contact: { readonly slot: number; readonly number: number },
    why: 'legLost' | 'agentLost',
    restMs: number,
    admission: Admission,
  ): void;
  /**
   * Its switch would not join it with its agent: as toQueue(), but to the agent who has just handed it over, if anybody has.
   */
  notJoined(contact: ContactHandle, restMs: number, admission: Admission): void;
  /** Its switch has joined it with its agent. */
  isJoined(contact: ContactHandle, reaction: Reaction): void;
  /** False where nobody has been asked about it who could have it now. */
  toConsulted(contact: { readonly slot: number; readonly number: number }, admission: Admission): boolean;
  /** Ends a consultation, for this reason of the core's; false where it is none. */
  endConsultation(
    contact: { readonly slot: number; readonly number: number },
    why: number,
    admission: Admission,
  ): boolean;
  /** Its customer is at the device now under which it was given this name. */
  moved(
    contact: ContactHandle,
    name: string,
    legs: { readonly fromLeg?: string; readonly toLeg?: string },
    reaction: Reaction,
  ): void;
  notMoved(contact: ContactHandle, name: string, why: NotMovedWhy, reaction: Reaction): void;
  /** The name is taken from it: what came under it is to be a contact of its own. Undefined where it never was one. */
  takeName(contact: ContactHandle, name: string, reaction: Reaction): NamedCall | undefined;
  /** By the flow that has it. What is refused changes nothing: one that it has no longer is `contact_not_found`. */
  fromFlow(contact: ContactHandle, to: GivenBack, admission: Admission): Refusal | undefined;
  /** The number to which it was sent is not to be had. One that is not on its way there stays. */
  backFromOutside(contact: ContactHandle, admission: Admission): void;
  /** An agent calls a colleague, and is on the line. */
  callInside(contact: ContactHandle, admission: Admission): void;
  /** Ends one side of a call between two agents, for this reason of the core's; false where it is none. */
  endCall(contact: ContactHandle, why: number, admission: Admission): boolean;
  /** An agent dials, and the number is not to be had: the contact is about to end. */
  dialledInVain(contact: ContactHandle, cause: LegCause, reaction: Pick<Reaction, 'tables'>): void;
  /** Of a consultation: the number that is asked is with the agent who asks, or is not to be had, or has left. */
  outsideIs(
    contact: ContactHandle,
    how: { readonly connectedAt?: number; readonly cause?: LegCause },
    reaction: Reaction,
  ): void;
}

export interface QueueNumbers {
  readonly waiting: number;
  readonly longestWaitMs: number;
  readonly answered: number;
  readonly abandoned: number;
  readonly serviceLevelPercent: number | null;
  /** By state. */
  readonly agents: Readonly<Record<string, number>>;
}

export interface AgentStateView {
  readonly agentId: string;
  readonly state: string;
  readonly reason?: string;
  readonly since: number;
}

export interface AgentCapacity {
  readonly channel: string;
  readonly number: number;
  readonly capacity: number;
}

/** The lines of all seats, as the module that owns them shows them to the one that routes. */
export interface LinesView {
  lineIdOf(handle: number): string;
  lineAt(handle: number): { readonly lineId: string; readonly number: string | undefined };
  /** The id of the line of a seat, whose agent is logged in, that has this telephone number. */
  lineOfNumber(number: string): string | undefined;
  /** The handle of the agent whose seat has the line, logged in or not. */
  ownerOf(lineId: string): number | undefined;
  linesOf(agentHandle: number): readonly LineView[];
}

/** How a module erases what it has of a person. */
export interface ErasesCustomers {
  /** What of it has to come to its end first; asked before anything is erased. */
  readonly stillServed?: StillServedIn;
  /**
   * One step, bounded, from where the step before has ended; rows and memory of the module. What the module is told of the person
   * after that is somebody else's.
   */
  readonly erase: (
    person: ErasedPerson,
    from: unknown,
    at: { readonly now: number; readonly tables: TableWriter },
  ) => ErasingStep;
}
/** What modules count for /metrics (src/router-metrics.ts). */
export type GaugeName = 'platformsLeftAlone' | 'guessersLimited' | 'platformQuestions' | 'handovers';

export interface DomainModule {
  readonly name: string;
  /** Stable, 1..255: the core's timers carry it. */
  readonly number: number;
  readonly tables: readonly TableDeclaration[];
  /** Methods of the protocol that this module answers. The registry asserts that each method has exactly one. */
  readonly methods: Readonly<Record<string, Handler>>;
  readonly shapes?: Shapes;
  /** What goes with a customer that is erased; or why nothing does. */
  readonly erases: ErasesCustomers | { readonly nothing: string };
  /**
   * Each is executed once, in the next tick as a rule. One at which the core trapped or the module threw is tried again
   * later, by itself (engine/set-aside.ts): so it goes by what is there then.
   */
  readonly followUps?: Readonly<Record<string, FollowUpHandler>>;
  /**
   * Once a tick, before its effects: for what was admitted of things that were there before, and that nothing can refuse any more. What is
   * told here comes before what the tick has done to them.
   */
  begin?(reaction: Reaction): void;
  /** The kinds of effects that it is given; absent: all. Most effects of a busy tick mean something to few modules. */
  readonly reactsTo?: readonly number[];
  /** Modules react in their fixed order, effect by effect; the effect is good only during the call. */
  react?(effect: Effect, reaction: Reaction): void;
  /** A timer at which this threw is set again and fires later, whatever the module has set since. */
  timerFired?(key: number, reaction: Reaction): void;
  /** Once a tick, behind all of its effects, also when there was none: for rows of which only the last state counts. */
  settle?(reaction: Reaction): void;
  woken?(reaction: Pick<Reaction, 'now' | 'notify' | 'wakeAt'>): void;
  /** Of whom it is told when they connect and go. */
  readonly watchedRoles?: readonly Role[];
  /** A client of these has a session more, or none any more. */
  presenceChanged?(who: Caller, connected: boolean, admission: Admission): Afterwards;
  /** A client answered what the module asked it for. */
  answered?(reference: string, answer: ClientAnswer, admission: Admission): Afterwards;
  /** What it has asked for by Reaction.bytesGo() is so. */
  gone?(reference: string, admission: Admission): Afterwards;
  /** The first tick after a start: whoever was connected is not any more, and for `downMs` no router was there. */
  resumed?(reaction: Reaction, downMs: number): void;
  /** What whoever runs the router must know of, by name, for as long as it holds; asked about once a second, between ticks. */
  alarms?(now: number): Readonly<Record<string, string>>;
  /** What it counts, for /metrics; asked between ticks. */
  gauges?(now: number): Readonly<Partial<Record<GaugeName, number>>>;
  /** What it keeps of customers that took place at a time. */
  readonly timeline?: readonly TimelineSource[];
  /** And what it keeps of them besides. */
  readonly exports?: readonly (ExportSource | SearchedExport)[];
  /** The module's part of `state` in session.open, for this caller. */
  state?(caller: Caller, tables: TableReader, now: number): Readonly<Record<string, unknown>>;
  /** Makes the module's memory anew. */
  load(context: LoadContext): void;
}
