// Scripts that are bent towards what has not been seen: of over a hundred methods a script draws each seldom, and some get through
// only after others, or where things have gone a certain way.

import { type MethodName, methodNames, methodSpec } from '../../src/protocol/methods.ts';
import { randomOf, type SimRandom } from './random.ts';
import type { Deed, Step } from './script.ts';
import { nameOf, type Setting } from './setting.ts';

/** Of those that are asked for something in the script, what becomes of them. */
const bent = { ask: 1, act: 0.3 } as const;
/** Methods of one noun are asked for together: what is removed, read or stopped was made by another of them. */
const kinMax = 6;

function repeated(method: MethodName, times: number): MethodName[] {
  return Array.from({ length: times }, () => method);
}

function moneyWay(method: MethodName): MethodName[] {
  return ['customer.resolve', 'account.open', ...repeated('account.deposit', 2), ...repeated(method, 3)];
}

/** Somebody has to have been served, and to have rated. */
function ratedWay(method: MethodName): MethodName[] {
  return ['offer.accept', 'contact.end', ...repeated('rating.give', 3), ...repeated(method, 3)];
}

/** To a contact that is paid for, and in service. */
const paidWay: readonly MethodName[] = [
  ...(['account.open', 'account.deposit', 'rate.publish', 'quote.request', 'offer.accept'] as const),
  ...repeated('contact.create', 4),
];

/** What leads to it where it is no method, or seldom comes by asking for the method alone. */
const leadTo: Readonly<Record<string, readonly MethodName[]>> = {
  'agent.remove': ['agent.set', 'agent.remove'],
  'callback.get': [...repeated('callback.request', 2), ...repeated('callback.get', 3)],
  // Somebody has to be in service, to be asked, and to take it.
  'contact.conference': ['contact.consult', 'contact.consult', 'offer.accept', 'contact.conference'],
  'contact.wrapUpExtend': ['offer.accept', 'contact.end', ...repeated('contact.wrapUpExtend', 3)],
  'contact.changed': ['queue.set'],
  'contact.flow': ['queue.set'],
  'contact.held': ['contact.hold'],
  'contact.resumed': ['contact.hold', 'contact.resume'],
  'ended closed': ['queue.close', 'queue.close', 'queue.open'],
  'ended exhausted': ['queue.set'],
  'ended legLost': ['leg.ended'],
  'ended timedOut': ['queue.set'],
  // Two who may be one, of whom the tenant wants to be asked, or who have a number of their own each.
  'customer.settle': [
    'tenant.set',
    ...repeated('customer.resolve', 3),
    ...repeated('customer.link', 3),
    ...repeated('customer.settle', 4),
  ],
  explanation_trimmed: ['contact.explain'],
  'contact.outside': ['contact.transfer', 'supervisor.move'],
  'ended transferredOut': ['contact.transfer', 'supervisor.move'],
  'asked outside': ['contact.consult'],
  'a number of a line was called': ['agent.login', 'contact.create', 'contact.create'],
  'a colleague on the line': ['contact.dial', 'contact.dial', 'offer.accept'],
  'whoever was asked is on hold': [
    'contact.consult',
    'contact.consult',
    'offer.accept',
    'contact.resume',
    'contact.hold',
  ],
  'whoever was asked is taken up': [
    'contact.consult',
    'contact.consult',
    'offer.accept',
    ...repeated('contact.resume', 3),
  ],
  'handed over outside': ['contact.consult', 'contact.consult', 'contact.transfer'],
  'leg.hold': ['contact.hold'],
  'contact.moved': ['contact.moveToken', 'contact.create'],
  'contact.identified': [
    'numberPlan.set',
    'platform.set',
    ...repeated('handover.put', 3),
    ...repeated('contact.create', 3),
  ],
  'contact.unidentified': ['numberPlan.set', 'contact.create', 'contact.create'],
  'numberPlan.remove': ['numberPlan.set', 'numberPlan.remove', 'platform.remove'],
  'handover.put': ['numberPlan.set', 'platform.set', 'handover.put'],
  'a move token': ['contact.moveToken', 'contact.create', 'contact.create'],
  'line.switched': ['line.switch'],
  // Somebody has to have two, and one of them to be spoken of in the middle.
  'line.notSwitched': [...repeated('line.switch', 3), 'offer.accept', 'contact.hold', 'contact.resume'],
  'a quote': ['rate.publish', 'rate.publish', 'quote.request'],
  'a contact that is paid for': [
    ...(['account.open', 'account.deposit', 'rate.publish', 'quote.request'] as const),
    ...repeated('contact.create', 4),
  ],
  'a receipt': paidWay,
  'messages that are paid for': [...paidWay, ...repeated('rate.publish', 2), ...repeated('contact.send', 3)],
  'a document': [...paidWay, ...repeated('document.hand', 3), ...repeated('document.collect', 2)],
  'document.hand': [...paidWay, ...repeated('document.hand', 3)],
  'document.collect': [...paidWay, ...repeated('document.hand', 3), ...repeated('document.collect', 2)],
  'document.withdraw': [...paidWay, ...repeated('document.hand', 3), ...repeated('document.withdraw', 3)],
  'rating.change': ratedWay('rating.change'),
  'rating.remove': ratedWay('rating.remove'),
  'asked by text': ['offer.accept', 'contact.end', 'contact.end'],
  // Of an account that somebody opened, and has paid into.
  'a booking': moneyWay('account.book'),
  'a hold posted': moneyWay('account.book'),
  'a hold timedOut': moneyWay('account.book'),
  'a refund': moneyWay('payment.refund'),
  'account.change': moneyWay('account.change'),
  'account.book': moneyWay('account.book'),
  'account.deposit': moneyWay('account.deposit'),
  'account.withdraw': moneyWay('account.withdraw'),
  'payment.get': moneyWay('payment.get'),
  'payment.refund': moneyWay('payment.refund'),
  'payment.dispute': moneyWay('payment.dispute'),
  'payment.changed': [...moneyWay('payment.confirm'), 'paymentProvider.set'],
  'payment.confirm': [...moneyWay('payment.confirm'), 'paymentProvider.set'],
  'payment.resolve': [...moneyWay('payment.dispute'), ...repeated('payment.resolve', 4)],
  'leg.resume': ['contact.hold', 'contact.resume'],
  nobody_logged_in: ['queue.set', 'queue.set', 'agent.force', 'agent.logout'],
  offer_no_longer_open: ['offer.accept'],
  'queue.remove': ['queue.set', 'queue.remove'],
  queue_closed: ['queue.close'],
};

/** What goes wrong by itself. */
const mishaps: Readonly<Record<string, (setting: Setting, random: SimRandom) => Deed>> = {
  'a start refused for damage': (_, random) => ({ do: 'damage', what: 'input', roll: random.bits(), forMs: 30 }),
  'a trap at a timer': () => ({ do: 'trap', call: 'timer', turn: 1, how: 'named' }),
  'an upgrade': () => ({ do: 'upgrade', forMs: 30 }),
  slow_reader: ({ people }, random) => ({ do: 'deaf', who: nameOf(random.pick(people)), forMs: 2_500 }),
};
/** So many are sought in one script: the fewer, the likelier that what needs several things one after the other comes to it. */
const soughtOf = (missing: number) => (missing > 60 ? missing : missing > 12 ? 5 : 2);
/** So far from its place on the way a step may be, in hundredths of it. */
const aside = 25;
/** A script in which everything goes wrong gets nowhere. */
const mishapsMax = 3;

/** The same script where nothing is missing. */
export function bentTowards(missing: readonly string[], setting: Setting, script: readonly Step[]): Step[] {
  const random = randomOf(setting.seed, 'directed');
  const able = missing.filter((what) => what in leadTo || methodNames.includes(what as MethodName));
  // What needs several things one after the other never comes where a dozen others are asked for in between.
  const methods = random.shuffled(able).slice(0, soughtOf(able.length));
  // What lasts is there when what comes of it is asked for late; what is over soon has to be asked for again and again.
  const isInOrder = random.chance(0.5);
  const wrong = missing.filter((what) => what in mishaps);
  let left = mishapsMax;
  return script.map((step, at) => {
    if (step.do !== 'ask' && step.do !== 'act') return step;
    const { id, at: when } = step;
    if (wrong.length > 0 && left > 0 && random.chance(0.05)) {
      left -= 1;
      return { id, at: when, ...mishaps[random.pick(wrong)]!(setting, random) };
    }
    if (methods.length === 0 || !random.chance(bent[step.do])) return step;
    const way = waysTo(random.pick(methods));
    const method = isInOrder ? stepOf(way, at / script.length, random) : random.pick(way);
    const people = setting.people.filter(({ role }) => methodSpec(method).roles.includes(role));
    return { id, at: when, do: 'ask', who: nameOf(random.pick(people)), method, roll: step.roll };
  });
}

/** What comes first on a way is asked for early in the script, and what it leads to late. */
function stepOf(way: readonly MethodName[], done: number, random: SimRandom): MethodName {
  const near = Math.floor((done + random.whole(-aside, aside) / 100) * way.length);
  return way[Math.max(0, Math.min(way.length - 1, near))]!;
}

function waysTo(what: string): readonly MethodName[] {
  const others = leadTo[what];
  if (others !== undefined) return others;
  const method = what as MethodName;
  const noun = method.slice(0, method.indexOf('.') + 1);
  const kin = methodNames.filter((name) => name.startsWith(noun));
  return kin.length > kinMax ? [method] : [...kin, ...kin.map(() => method)];
}
