// Mobility: a call goes on at another device of its customer, with its agent (docs/mobility.md).
//
//   contact.create ─┬─ with a move token, or with a leg by a customer whose call is live ─▶ it is that call: past every queue
//                   │     its legs: domain/switches/moving.ts · its names and whose it is: domain/routing/moving-calls.ts
//                   └─ on another channel, or the call is over ─▶ a contact of its own, led to that agent
//
// Who is the same customer is said by an identity that was given, or by a token: the number that calls never makes a customer, so a
// number that several share moves nobody. A token is used up where it is admitted.

import * as layout from '../../../assembly/layout.ts';
import type { ContactHandle } from '../../engine/command-encoder.ts';
import type { Effect } from '../../engine/effects.ts';
import type { Caller } from '../../engine/egress.ts';
import { affinityDefaults } from '../../protocol/affinity.ts';
import type { Params } from '../../protocol/methods.ts';
import { callChannels, mobilityDefaults } from '../../protocol/mobility.ts';
import { isRefusal, type Refusal, refuse } from '../../protocol/refusals.ts';
import type { TenantProperties } from '../../protocol/tenant-settings.ts';
import { lookingThrough } from '../looking-through.ts';
import type {
  Admission,
  Admitted,
  ContactDraft,
  ContactView,
  DomainModule,
  ErasesCustomers,
  FollowUpHandler,
  Handler,
  LoadContext,
  MovesCalls,
  OwnWay,
  PersonsView,
  Reaction,
  RoutingView,
  SecondCall,
  Shapes,
} from '../module.ts';
import { LiveCalls } from './live-calls.ts';
import { MoveTokens } from './move-tokens.ts';
import { moveTokensTable } from './tables.ts';

const MODULE = 23;
const FORGET_TIMER = 1;

type Settings = NonNullable<TenantProperties['mobility']>;

export class Mobility implements DomainModule {
  readonly name = 'mobility';
  readonly number = MODULE;
  readonly reactsTo = [layout.EFFECT_CONNECTED, layout.EFFECT_HANDED_OVER, layout.EFFECT_ENDED];
  readonly tables = [moveTokensTable];
  readonly methods: Readonly<Record<string, Handler>> = {
    'contact.moveToken': (params, admission) => this.#moveToken(params, admission),
  };
  readonly shapes: Shapes = {
    tenantSet: ({ mobility }, { onUndo }) => {
      const before = this.#settings;
      this.#settings = mobility ?? {};
      onUndo(() => {
        this.#settings = before;
      });
    },
    callMoves: (second, admission) => this.#callMoves(second, admission),
    moveGivenUp: (contactId, admission) => this.#moves().giveUp(contactId, admission),
    contactCreate: (draft, admission) => this.#leadToAgent(draft, admission),
    contactShown: (contact, shown) => this.#show(contact, shown),
  };
  readonly followUps: Readonly<Record<string, FollowUpHandler>> = {
    setForgetTimer: (_, { core, now }) => {
      this.#forgetAt = this.#tokens.nextDue();
      if (this.#forgetAt !== undefined) core.timerSet(MODULE, FORGET_TIMER, Math.max(now, this.#forgetAt));
    },
  };
  readonly erases: ErasesCustomers = {
    erase: lookingThrough([
      {
        table: moveTokensTable,
        kind: 'moveTokens',
        isOf: (person, row) => person.hasContact(row.of as number) || person.isNamedIn(row),
        erase: ({ number }, _, __, tables) => this.#tokens.erase(number as number, tables),
      },
    ]),
  };
  readonly #routing: RoutingView;
  readonly #persons: PersonsView;
  /** Made behind this module. */
  readonly #moves: () => MovesCalls;
  readonly #calls = new LiveCalls();
  readonly #tokens = new MoveTokens();
  #settings: Settings = {};
  /** When the timer is set for, or is about to be. */
  #forgetAt: number | undefined;

  constructor(routing: RoutingView, persons: PersonsView, moves: () => MovesCalls) {
    this.#routing = routing;
    this.#persons = persons;
    this.#moves = moves;
  }

  load({ tables, live }: LoadContext): void {
    this.#settings = this.#routing.tenantGiven(tables).mobility ?? {};
    this.#tokens.load(tables);
    this.#forgetAt = this.#tokens.nextDue();
    this.#calls.clear();
    for (const { kind, contact, number } of live) {
      if (kind !== layout.EFFECT_CONTACT_STATE) continue;
      const view = this.#routing.contactByHandle(contact, number);
      if (view?.isLive && isCall(view) && view.customerNumber !== undefined)
        this.#calls.connected(view.customerNumber, view.number);
    }
  }

  // ── Which calls are live ──────────────────────────────────────────────────────────────────────────────────────
  react({ kind, contact: slot, number: low, agent }: Effect, { tables }: Reaction): void {
    const customer = this.#routing.customerNumberOf(slot, low);
    if (customer === undefined && this.#tokens.isEmpty) return;
    const number = this.#routing.contactNumberOf(slot, low);
    if (kind === layout.EFFECT_ENDED) {
      if (customer !== undefined) this.#calls.over(customer, number);
      return;
    }
    this.#tokens.servedBy(number, this.#routing.agentIdOf(agent), tables);
    const view = customer === undefined ? undefined : this.#routing.contactByHandle(slot, low);
    if (view !== undefined && isCall(view)) this.#calls.connected(customer as number, number);
  }

  /** The one that was connected last. */
  #liveOf(customer: number, isMeant: (call: ContactView) => boolean): ContactView | undefined {
    for (const number of this.#calls.of(this.#persons.membersOf(customer))) {
      const call = this.#routing.contactByNumber(number);
      if (call?.isLive && isMeant(call)) return call;
    }
    return undefined;
  }

  // ── On the way in ─────────────────────────────────────────────────────────────────────────────────────────────
  #callMoves(second: SecondCall, admission: Admission): ContactHandle | Refusal | undefined {
    const { moveToken, legId } = second.params as Params<'contact.create'>;
    const call = moveToken === undefined ? this.#sameCustomers(second, admission) : this.#ofToken(second, admission);
    if (call === undefined || isRefusal(call)) return call;
    // One that is somewhere with its media and one that is not are never together.
    if (!isCall(second) || this.#moves().hasLeg(call) !== (legId !== undefined)) return undefined;
    return this.#moves().begin(second, call, admission) ?? call;
  }

  #sameCustomers({ params, channel }: SecondCall, { tables }: Admission): ContactView | undefined {
    const { legId, agentId, choose } = params as Params<'contact.create'>;
    if (this.#calls.isEmpty || legId === undefined || !isCall({ channel })) return undefined;
    if (!this.#isSameCustomerMoved || choose === true) return undefined;
    const customer = this.#persons.named(params, tables);
    if (customer === undefined) return undefined;
    // Who asks for somebody else by name wants that one.
    const isMeant = (call: ContactView) => agentId === undefined || agentId === call.agentId;
    return this.#liveOf(customer, (call) => isMeant(call) && this.#moves().hasLeg(call));
  }

  /** Undefined: the call is over. */
  #ofToken({ contactId, params }: SecondCall, admission: Admission): ContactView | Refusal | undefined {
    const token = this.#tokens.use(params.moveToken as string, contactId, admission);
    if (isRefusal(token)) return token;
    const call = this.#routing.contactByNumber(token.of);
    return call?.isLive ? call : undefined;
  }

  get #isSameCustomerMoved(): boolean {
    return this.#settings.sameCustomer ?? mobilityDefaults.sameCustomer;
  }

  /** A contact of its own, beside a call or behind it: to the agent who serves the call, or did. */
  #leadToAgent(draft: ContactDraft, admission: Admission): undefined {
    const agentId = this.#agentFor(draft, admission);
    const agent = agentId === undefined ? undefined : this.#routing.agentHandleOf(agentId);
    if (agent === undefined) return undefined;
    const { waitMs, waits, orElse } = this.#routing.affinityIn(draft.queueId) ?? affinityDefaults;
    draft.affinity = { agent, waitMs, waits, orElse: waitMs === 0 ? 'queue' : orElse };
    draft.extra.affinity = { agentId, source: 'liveCall' };
    return undefined;
  }

  #agentFor(draft: ContactDraft, _admission: Admission): string | undefined {
    const { moveToken, agentId, choose } = draft.params as Params<'contact.create'>;
    if (draft.about !== undefined || agentId !== undefined || choose === true) return undefined;
    const ownWay = draft.extra.ownWay as OwnWay | undefined;
    if (ownWay !== undefined) return ownWay.agentId;
    if (draft.isBrought || draft.isDialled) return undefined;
    if (moveToken !== undefined) return this.#tokens.find(moveToken)?.agentId;
    if (draft.customer === undefined || this.#calls.isEmpty || isCall(draft)) return undefined;
    if (!this.#isSameCustomerMoved) return undefined;
    return this.#liveOf(draft.customer.number, () => true)?.lastServedBy;
  }

  // ── Tokens ────────────────────────────────────────────────────────────────────────────────────────────────────
  #moveToken({ contactId }: Params<'contact.moveToken'>, admission: Admission): Admitted {
    const contact = this.#routing.contactById(contactId);
    if (contact === undefined || !isFor(contact, admission.caller)) return refuse('contact_not_found');
    if (contact.endedAt !== undefined) return refuse('contact_already_ended');
    if (contact.about !== undefined || contact.isInternal || !isCall(contact)) return refuse('contact_not_movable');
    if (!contact.isLive) return refuse('contact_not_connected');
    const { now, core, onUndo } = admission;
    const expiresAt = now + (this.#settings.tokenMs ?? mobilityDefaults.tokenMs);
    const moveToken = this.#tokens.make(contact.number, contact.lastServedBy, expiresAt, admission);
    const due = this.#tokens.nextDue() as number;
    if (this.#forgetAt === undefined || due < this.#forgetAt) {
      const before = this.#forgetAt;
      this.#forgetAt = due;
      core.timerSet(MODULE, FORGET_TIMER, Math.max(now, due));
      onUndo(() => {
        this.#forgetAt = before;
      });
    }
    return { result: { contactId: contact.contactId, moveToken, expiresAt } };
  }

  timerFired(_key: number, reaction: Reaction): void {
    this.#tokens.forgetOld(reaction);
    reaction.followUp('setForgetTimer', {});
  }

  // ── What is shown ─────────────────────────────────────────────────────────────────────────────────────────────
  #show({ slot, number }: ContactHandle, shown: Record<string, unknown>): void {
    const call = this.#routing.contactByHandle(slot, number);
    if (call === undefined || !isCall(call) || call.about !== undefined || call.isInternal || !call.isLive) return;
    const leg = this.#moves().legOf(call);
    const moved = call.names.filter(({ movedAt }) => movedAt !== undefined);
    const movedAt = moved.length === 0 ? undefined : Math.max(...moved.map((name) => name.movedAt as number));
    const moving = this.#moves().movingTo(call);
    shown.liveCall = {
      since: call.firstConnectedAt,
      ...(leg !== undefined && { legId: leg.legId, switchId: leg.switchId }),
      moves: moved.length,
      ...(movedAt !== undefined && { movedAt }),
      ...(moving !== undefined && { moving }),
    };
  }
}

function isCall({ channel }: { readonly channel: string }): boolean {
  return callChannels.includes(channel);
}

/** The agent in service, the switch or customer that has it, any application. */
function isFor(contact: ContactView, caller: Caller | undefined): boolean {
  if (caller?.role === 'app') return true;
  if (caller?.role === 'agent') return contact.agentId === caller.sub && contact.state === 'connected';
  return contact.owner.role === caller?.role && contact.owner.sub === caller.sub;
}
