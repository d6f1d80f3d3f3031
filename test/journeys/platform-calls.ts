// Many calls from twenty platforms over real sockets and real HTTP, with one platform that hangs and one that lies (docs/platforms.md).
//
// Each platform hands its callers over with a token of its own; the calls come all at once; agents take them. Then every
// caller must be the right one or nobody, for the right reason, and whoever came from the platform that hangs must have been in its queue
// from the beginning, as if nobody were asked.

import { createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { JourneyRouter, sleep } from './router-harness.ts';

const platforms = 20;
const hanging = 7;
const lying = 13;
/** Lines of an agent. */
const seatLines = 32;
const key = Buffer.alloc(24, 'platforms');
/** Router, platforms, desktops and switch are one process here, which has to come to each of them. */
const timeoutMsFor = (calls: number) => 1_000 + 15 * calls;

type Members = Readonly<Record<string, unknown>>;

export interface CallsPlayed {
  readonly calls: number;
  /** How many callers are in which state, and why. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** What is not as it must be. */
  readonly wrong: readonly string[];
}

const idOf = (at: number) => `P${String(at).padStart(2, '0')}`;
const accessIdOf = (at: number) => `900${String(at).padStart(2, '0')}`;

export async function playCalls(calls: number): Promise<CallsPlayed> {
  const wrong: string[] = [];
  const server = createServer((request, response) => void answer(request, response, wrong));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const router = await JourneyRouter.start({ platformNetworks: ['127.0.0.1/32'] });
  try {
    await setUp(router, server, calls, wrong);
    return await play(router, calls, wrong);
  } finally {
    // The one that hangs is left alone.
    await router.close(/platforms that do not answer|an alarm is over/);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

/** What is asked must be signed; the path says which platform it is. */
async function answer(request: IncomingMessage, response: ServerResponse, wrong: string[]): Promise<void> {
  let body = '';
  for await (const part of request) body += part;
  const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature } = request.headers;
  const expected = `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
  if (signature !== expected) wrong.push(`${request.url} was asked without a signature: ${body}`);
  const { platformId, serial } = JSON.parse(body) as { readonly platformId: string; readonly serial: string };
  if (request.url !== `/${platformId}`) wrong.push(`${request.url} was asked about a caller of ${platformId}`);
  if (platformId === idOf(hanging)) return;
  if (platformId !== idOf(lying)) return void response.end(JSON.stringify({ serial, data: { asked: serial } }));
  // It lies in some ways, by the serial.
  const lies = [
    () => response.end(JSON.stringify({ serial: '00000000', data: { lie: true } })),
    () => response.end(JSON.stringify({ serial, data: { asked: 7 } })),
    () => response.end(JSON.stringify({ serial, data: { asked: serial, lie: true } })),
    () => response.writeHead(302, { location: `/${idOf(1)}` }).end(),
    () => response.end('<html>lie</html>'),
    () => response.end('{"lie":'.padEnd(100_000)),
  ];
  lies[Number(serial) % lies.length]?.();
}

async function setUp(router: JourneyRouter, server: Server, calls: number, wrong: string[]): Promise<void> {
  const keep = (error: unknown) => wrong.push(String(error));
  const admin = await router.open('admin', 'root');
  const { port } = server.address() as AddressInfo;
  await admin.call('queue.set', { queueId: 'sales', channels: ['voice'] });
  const range = { prefix: '900' };
  await admin.call('numberPlan.set', {
    planId: 'north',
    range,
    accessIdLength: 5,
    serialLength: 8,
    checkDigit: 'luhn',
  });
  for (let at = 0; at < platforms; at++)
    await admin.call('platform.set', {
      platformId: idOf(at),
      accessId: accessIdOf(at),
      fetch: {
        url: `http://127.0.0.1:${port}/${idOf(at)}`,
        secret: `whsec_${key.toString('base64')}`,
        timeoutMs: timeoutMsFor(calls),
        lateMs: 0,
        networks: ['127.0.0.1/32'],
        schema: { type: 'object', properties: { asked: { type: 'string' } }, additionalProperties: false },
      },
    });
  for (let at = 0; at * seatLines < calls; at++) {
    const agentId = `agent${at}`;
    await admin.call('agent.set', { agentId, capacity: { voice: seatLines } });
    const agent = await router.open(
      'agent',
      agentId,
      {},
      {
        onTold: ({ event, params }) => {
          if (event === 'offer.created') agent.call('offer.accept', { offerId: params.offerId as string }).catch(keep);
        },
      },
    );
    await agent.call('agent.login', {});
    await agent.call('agent.ready', {});
  }
}

async function play(router: JourneyRouter, calls: number, wrong: string[]): Promise<CallsPlayed> {
  const pbx = await router.open('switch', 'pbx');
  const desks = await Promise.all(
    Array.from({ length: platforms }, (_, at) => router.open('app', `platform:${idOf(at)}`)),
  );
  const numbers = await Promise.all(
    Array.from({ length: calls }, async (_, call) => {
      const platformId = idOf(call % platforms);
      const put = await desks[call % platforms]!.call('handover.put', { platformId, data: { who: call } });
      return put.originalCalled;
    }),
  );
  // All at once, and as each switch has it.
  await Promise.all(
    numbers.map((number, call) =>
      pbx.call('contact.create', {
        contactId: `c${call}`,
        channel: 'voice',
        queueId: 'sales',
        from: '+8610',
        ...(call % 3 === 0 && { originalCalled: number }),
        ...(call % 3 === 1 && { sip: { diversion: `<sip:4000@centre>, <tel:+${number}>;privacy=full` } }),
        ...(call % 3 === 2 && { sip: { historyInfo: [`<sip:4000@c>;index=1.1;mp=1`, `<sip:${number}@p>;index=1`] } }),
      }),
    ),
  );
  const isTold = (event: string) =>
    new Set(pbx.told.filter((told) => told.event === event).map(({ params }) => params.contactId));
  const isAllTold = () =>
    isTold('contact.connected').size === calls &&
    new Set([...isTold('contact.identified'), ...isTold('contact.unidentified')]).size === calls;
  for (let waited = 0; !isAllTold() && waited < 600; waited++) await sleep(100);
  if (!isAllTold()) wrong.push('not everybody was served and told who they are');
  const outcomes: Record<string, number> = {};
  const crm = await router.open('app', 'crm');
  for (const [call, number] of numbers.entries()) {
    const { caller = {} } = (await crm.call('contact.get', { contactId: `c${call}` })) as { caller?: Members };
    const outcome = [caller.state, caller.why].filter(Boolean).join(' ');
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    const fault = faultOf(caller, outcome, call, number) ?? waitedFor(pbx.told, call, outcome);
    if (fault !== undefined) wrong.push(`c${call} of ${idOf(call % platforms)} ${fault}: ${JSON.stringify(caller)}`);
  }
  return { calls, outcomes, wrong };
}

function faultOf(caller: Members, outcome: string, call: number, number: string): string | undefined {
  const data = (caller.data ?? {}) as Members;
  if (caller.platformId !== idOf(call % platforms)) return 'is of another platform';
  if (data.who !== call) return 'is another caller';
  if (data.lie !== undefined) return 'is believed a lie';
  const isRight: Readonly<Record<number, RegExp>> = {
    [hanging]: /^unidentified platform(TimedOut|Down)$/,
    [lying]: /^unidentified platformAnsweredWrong$/,
  };
  if (!(isRight[call % platforms] ?? /^identified$/).test(outcome)) return 'has come to something else';
  if (outcome === 'identified' && data.asked !== number.slice(5, 13)) return 'is told of another caller';
  return outcome === 'identified' || data.asked === undefined ? undefined : 'is told what was not believed';
}

/** Whoever is said to be nobody because the time is over was offered, or had its place in the queue, from the beginning. */
function waitedFor(
  told: readonly { event: string; params: Members }[],
  call: number,
  outcome: string,
): string | undefined {
  if (!outcome.endsWith('platformTimedOut')) return undefined;
  const first = told.find(({ params }) => params.contactId === `c${call}`)?.event;
  return first === 'contact.queued' || first === 'contact.offered' ? undefined : `has waited, and was told ${first}`;
}
