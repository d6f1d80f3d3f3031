// A client that reads batch frames beside one that does not, on both transports: the same messages in the same order.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { transports } from '../transport/loadable-transports.ts';
import { Floor } from './floor.ts';
import type { PlainSocket } from './plain-socket.ts';
import { JourneyRouter, tokenFor } from './router-harness.ts';

type Told = { readonly id?: number; readonly method?: string; readonly params?: { readonly seq: number } };

const eventsMax = 500;

describe.each(transports)('over %s, a switch that asks for batch frames', (transport) => {
  let router: JourneyRouter;
  beforeAll(async () => {
    router = await JourneyRouter.start({ transport });
  });
  afterAll(() => router?.close());

  /** What comes until so many notifications are there, by frame. */
  async function told(socket: PlainSocket, notifications: number): Promise<Told[][]> {
    const frames: Told[][] = [];
    for (let left = notifications; left > 0; ) {
      const frame = [(await socket.receive()) as Told | Told[]].flat();
      frames.push(frame);
      left -= frame.filter(({ method }) => method !== undefined).length;
    }
    return frames;
  }

  test('hears what another session of it hears, in fewer frames, and what it missed behind the answer', async () => {
    const floor = await Floor.of(router);
    await floor.queue('busy');
    const open = async (params: object) => {
      const socket = await router.socket();
      const answer = await socket.call('session.open', { token: await tokenFor('switch', 'sw-busy'), ...params });
      return { socket, session: answer.result as { sessionEpoch: string; seq: number } };
    };
    const { socket: plain } = await open({});
    const { socket: asked, session } = await open({ batchFrames: true });
    const creates = Array.from({ length: eventsMax }, (_, id) => ({
      jsonrpc: '2.0',
      id,
      method: 'contact.create',
      params: { contactId: `b${id}`, queueId: 'busy', channel: 'voice', from: `ß${id}` },
    }));
    // A frame each, since the responses of a batch would be one array on any connection.
    for (const create of creates) asked.send(JSON.stringify(create));
    const together = await told(asked, eventsMax);
    const apart = await told(plain, eventsMax);
    expect(apart.every((frame) => frame.length === 1)).toBe(true);
    expect(together.length).toBeLessThan(eventsMax);
    const isEvent = ({ method }: Told) => method !== undefined;
    expect(together.flat().filter(isEvent)).toEqual(apart.flat());
    const answers = together.flat().filter((message) => !isEvent(message));
    expect(answers.map(({ id }) => id)).toEqual(creates.map(({ id }) => id));
    // Each response is there before what it caused.
    const seen = new Set<string>();
    for (const message of together.flat() as Record<string, { contactId: string }>[]) {
      if (message.result !== undefined) seen.add(message.result.contactId);
      else expect(seen).toContain(message.params!.contactId);
    }

    const back = await router.socket();
    const lastSeq = session.seq + eventsMax - 3;
    back.send(
      JSON.stringify({
        jsonrpc: '2.0',
        id: 1,
        method: 'session.open',
        params: {
          token: await tokenFor('switch', 'sw-busy'),
          sessionEpoch: session.sessionEpoch,
          lastSeq,
          batchFrames: true,
        },
      }),
    );
    const [answer, ...missed] = (await back.receive()) as Told[];
    expect(answer).toMatchObject({ id: 1, result: { resumed: true, seq: lastSeq } });
    expect(missed).toEqual(apart.flat().slice(-3));
  });
});
