// A hundred thousand customers with three names each: named, found, joined and taken apart.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Benchmark, must, type Prepared } from '../harness/benchmark.ts';
import { steadySettings } from '../load/phase.ts';
import { mustBe, RequestStream } from '../load/request-stream.ts';
import { Served } from '../load/served.ts';

const topology = `
  this process ── one session, 500 requests under way ──▶ the router, LMDB on the disk, shadow
                                                     └──▶ a bare responder on the same library: the reference

  each repetition brings customers of its own, beside all those before:
     three names each are resolved · resolved again · two links join them · one in ten is taken apart
`;

const underWay = 500;
const names = 3;
const repetitions = 5;
const bare = 'a bare responder';
const measured = ['a new name', 'a known name', 'two are one', 'a link undone'] as const;
type Measured = (typeof measured)[number];

export const customers: Benchmark = {
  name: 'customers',
  about: 'customers with several names: resolved, linked and split, beside a bare responder',
  topology,
  measures: Object.fromEntries(measured.map((name) => [name, { unit: 'requests/s', better: 'more' as const }])),
  drawn: [...measured],
  async cases({ quick, otherNode }) {
    if (otherNode) return [];
    const persons = quick ? 1_000 : 20_000;
    return [
      {
        name: '',
        parameters: { persons: persons * repetitions, identities: persons * repetitions * names, underWay },
        repetitions,
        prepare: () => prepared(persons),
      },
    ];
  },
};

/** By turns a telephone number, an address, and a name of the tenant's own. */
function identityOf(person: number, name: number) {
  const number = String(10_000_000 + person);
  if (name === 0) return { scheme: 'tel', value: `+4930${number}` };
  return name === 1
    ? { scheme: 'email', value: `customer.${number}@example.org` }
    : { scheme: 'card', value: `card-${number}` };
}

async function prepared(persons: number): Promise<Prepared> {
  const dataDir = mkdtempSync(join(tmpdir(), 'strowger-bench-'));
  const router = await Served.start({ kind: 'router', dataDir, settings: steadySettings });
  const responder = await Served.start({ kind: 'bare', events: false, transport: 'uws' });
  const stream = await RequestStream.open(router.url, 'app', 'bench');
  const answers = await RequestStream.open(responder.url, 'app', 'bench');
  /** The customer of each name, by person and name. */
  const ids: string[] = [];
  /** The first person of the repetition, and how many there are so far. */
  let before = 0;
  let now = 0;
  const resolving = (at: number) => {
    const person = before + Math.floor(at / names);
    return { identity: identityOf(person, at % names) };
  };
  const linkId = (person: number, name: number) => `link-of-${person}-${name}`;
  const joining = (at: number) => {
    const person = before + Math.floor(at / (names - 1));
    const name = 1 + (at % (names - 1));
    const id = (of: number) => ids[person * names + of] ?? 'c1';
    return { linkId: linkId(person, name), customerId: id(0), otherId: id(name) };
  };
  const parting = (at: number) => ({ linkId: linkId(before + 10 * at, 1) });
  type Check = (result: Readonly<Record<string, unknown>>, at: number) => void;
  const checks: Readonly<Record<Measured, Check>> = {
    'a new name': (result, at) => {
      mustBe(result, 'created', true);
      ids[before * names + at] = result.customerId as string;
    },
    'a known name': (result, at) => mustBe(result, 'customerId', ids[before * names + at]),
    'two are one': (result) => mustBe(result, 'linked', true),
    'a link undone': ({ customers }) => must((customers as unknown[]).length === 2, 'two come out of it'),
  };
  const phases: readonly (readonly [Measured, string, number, (at: number) => object])[] = [
    ['a new name', 'customer.resolve', persons * names, resolving],
    ['a known name', 'customer.resolve', persons * names, resolving],
    ['two are one', 'customer.merge', persons * (names - 1), joining],
    ['a link undone', 'customer.split', Math.floor(persons / 10), parting],
  ];
  async function played(by: RequestStream, isChecked: boolean) {
    const rates: Record<string, number> = {};
    for (const [name, method, count, params] of phases)
      rates[name] = await by.all(method, count, underWay, params, isChecked ? checks[name] : () => {});
    return rates;
  }
  return {
    subjects: [
      { name: bare, run: () => played(answers, false) },
      {
        name: 'the router',
        reference: bare,
        run: async () => {
          before = now;
          now += persons;
          return played(stream, true);
        },
      },
    ],
    async check() {
      for (let person = 0; person < now; person += Math.max(1, Math.floor(now / 1_000))) {
        const isSplit = (person % persons) % 10 === 0;
        const { joined } = await stream.call('customer.get', { customerId: ids[person * names]! });
        const others = ids.slice(person * names + (isSplit ? 2 : 1), (person + 1) * names);
        must(JSON.stringify(joined) === JSON.stringify(others), `customer ${person} has the names it is to have`);
      }
      return [`of ${now.toLocaleString('en')} customers each has the names that it is to have`];
    },
    close: async () => {
      stream.close();
      answers.close();
      await router.stop();
      await responder.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
