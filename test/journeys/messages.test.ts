// A customer on a page and agents at their desks, over real sockets: they write to each other, from the queue to the rating, and their browsers
// set up media by signals; the router restarts in the middle of both.

import { expect, test } from 'vitest';
import { restart, startFloor } from './floor.ts';
import type { Party } from './party.ts';
import { tokenFor } from './router-harness.ts';

const texts = (party: Party) => party.all('contact.message').map(({ text }) => text);
const written = async (party: Party, contactId: string) =>
  (await party.call('contact.messages', { contactId })).messages.map(({ text }) => text);
const send = (party: Party, contactId: string, messageId: string, text: string) =>
  party.call('contact.send', { contactId, messageId, message: { text } });

test('a chat from the queue over a transfer and a restart to a rating by text', async () => {
  const { router, floor } = await startFloor();
  await floor.admin.call('tenant.set', {
    ratings: {
      askByText: true,
      agentItems: { attitude: { to: 5 } },
      questions: { attitude: '1 to 5?' },
      thanks: 'Bye',
    },
  });
  await floor.queue('chats', { channels: ['chat'], wrapUpMs: 0 });
  const page = await router.open('customer', 'kim');
  await page.call('contact.create', { contactId: 'c1', channel: 'chat', queueId: 'chats' });
  await send(page, 'c1', 'k1', 'Hello?\nAnybody there?');
  const ann = await floor.agent('ann', { capacity: { chat: 1 } });
  const { offerId, contact } = await ann.next('offer.created');
  expect(contact).toMatchObject({ messages: 1 });
  await ann.call('offer.accept', { offerId });
  expect(await written(ann, 'c1')).toEqual(['Hello?\nAnybody there?']);
  await send(ann, 'c1', 'a1', 'Yes');
  await page.next('contact.message', ({ text }) => text === 'Yes');

  const ben = await floor.agent('ben', { capacity: { chat: 1 } });
  await ann.call('contact.transfer', { contactId: 'c1', to: { agentId: 'ben' }, mode: 'blind' });
  const offer = await ben.next('offer.created');
  await ben.call('offer.accept', { offerId: offer.offerId });
  await restart(router, [floor.admin, floor.sw, page, ann, ben]);
  expect(ben.state.conversations).toMatchObject([
    { contactId: 'c1', messages: [{ text: 'Hello?\nAnybody there?' }, { text: 'Yes' }] },
  ]);
  await send(page, 'c1', 'k2', 'Are you another one?');
  await ben.next('contact.message', ({ text }) => text === 'Are you another one?');

  // Good-bye and the end in one frame: the page hears them in that order, and then what it is asked.
  const socket = await router.socket();
  await socket.call('session.open', { token: await tokenFor('agent', 'ben') });
  socket.send(
    JSON.stringify([
      {
        jsonrpc: '2.0',
        id: 1,
        method: 'contact.send',
        params: { contactId: 'c1', messageId: 'b1', message: { text: 'Yes. Bye!' } },
      },
      { jsonrpc: '2.0', id: 2, method: 'contact.end', params: { contactId: 'c1' } },
    ]),
  );
  await page.next('contact.message', ({ text }) => text === '1 to 5?');
  const heard = page.told.filter(({ event }) => event === 'contact.message' || event === 'contact.ended').slice(-3);
  expect(heard.map(({ event, params }) => `${event} ${params.text ?? params.why}`)).toEqual([
    'contact.message Yes. Bye!',
    'contact.ended byAgent',
    'contact.message 1 to 5?',
  ]);
  await send(page, 'c1', 'k3', '4');
  await page.next('contact.message', ({ text }) => text === 'Bye');
  const supervisor = await router.open('supervisor', 'boss');
  expect(await supervisor.call('rating.list', { contactId: 'c1' })).toMatchObject({
    ratings: [{ by: 'customer', agentId: 'ben', visitorId: 'kim', items: { attitude: 4 } }],
  });
  expect((await supervisor.call('cdr.query', {})).records).toMatchObject([{ contactId: 'c1', messages: 4 }]);
  expect(texts(ann)).toEqual(['Yes']);
  expect(texts(ben)).toEqual(['Are you another one?', 'Yes. Bye!']);
});

/** What of an RTCPeerConnection perfect negotiation is about: descriptions, roll-back by who is polite, nothing of media. */
class Peer {
  readonly #party: Party;
  readonly #polite: boolean;
  readonly #contactId: string;
  #offers = 0;
  #pending: string | undefined;
  #taken = 0;
  #turn: Promise<unknown> = Promise.resolve();
  /** What both have agreed on last. */
  agreed = '';
  collisions = 0;

  constructor(party: Party, contactId: string, polite: boolean) {
    this.#party = party;
    this.#contactId = contactId;
    this.#polite = polite;
    party.client.on('contact.signal', (signal) => this.#hears(signal));
  }

  async negotiate(): Promise<void> {
    this.#offers += 1;
    this.#pending = `${this.#polite ? 'page' : 'desk'} ${this.#offers}`;
    await this.#say({ type: 'offer', sdp: this.#pending });
  }

  /** After a session that had to be opened anew. */
  catchesUp(): void {
    for (const signal of (this.#party.state.signals ?? []) as { number: number; data: Record<string, unknown> }[])
      this.#hears(signal);
  }

  /** All that it was told so far has been dealt with. */
  get done(): Promise<unknown> {
    return this.#turn;
  }

  get idle(): boolean {
    return this.#pending === undefined;
  }

  #say(description: Readonly<Record<string, unknown>>) {
    return this.#party.call('contact.signal', { contactId: this.#contactId, data: { description } });
  }

  #hears({ number, data }: { readonly number: number; readonly data: Readonly<Record<string, unknown>> }): void {
    if (number <= this.#taken) return;
    this.#taken = number;
    const { type, sdp, answers } = data.description as Record<string, string>;
    this.#turn = this.#turn.then(async () => {
      if (type === 'answer') {
        if (answers === this.#pending) [this.agreed, this.#pending] = [`${answers}`, undefined];
      } else if (this.#pending !== undefined && !this.#polite) this.collisions += 1;
      else {
        if (this.#pending !== undefined) this.collisions += 1;
        this.#pending = undefined;
        this.agreed = `${sdp}`;
        await this.#say({ type: 'answer', answers: sdp });
      }
      await this.#party.call('contact.signal', { contactId: this.#contactId, received: number });
    });
  }
}

test('two browsers negotiate by signals: offers that collide, a page that is away, a router that restarts', async () => {
  const { router, floor } = await startFloor();
  await floor.queue('calls', { channels: ['video'] });
  const ann = await floor.agent('ann', { capacity: { video: 1 } });
  const page = await router.open('customer', 'kim');
  await page.call('contact.create', { contactId: 'v1', channel: 'video', queueId: 'calls' });
  await ann.call('offer.accept', { offerId: (await ann.next('offer.created')).offerId });
  await page.next('contact.connected');
  const desk = new Peer(ann, 'v1', false);
  const browser = new Peer(page, 'v1', true);
  const agree = (on: string) =>
    expect
      .poll(() => [desk.agreed, browser.agreed, desk.idle, browser.idle], { timeout: 15_000 })
      .toEqual([on, on, true, true]);
  await browser.negotiate();
  await agree('page 1');

  // Both at once: the page gives way.
  await Promise.all([desk.negotiate(), browser.negotiate()]);
  await agree('desk 1');
  expect(desk.collisions + browser.collisions).toBeGreaterThan(0);

  // The page is away while the desk offers, and the router restarts before it is back.
  await browser.done;
  page.close();
  await desk.negotiate();
  await restart(router, [floor.admin, ann]);
  const again = await router.open('customer', 'kim');
  expect(again.state.signals).toMatchObject([{ contactId: 'v1', data: { description: { sdp: 'desk 2' } } }]);
  const reloaded = new Peer(again, 'v1', true);
  reloaded.catchesUp();
  await expect
    .poll(() => [desk.agreed, reloaded.agreed, desk.idle], { timeout: 15_000 })
    .toEqual(['desk 2', 'desk 2', true]);
  await expect.poll(async () => (await again.call('contact.signals', { contactId: 'v1' })).signals).toEqual([]);
  await Promise.all([desk.done, reloaded.done]);
  await ann.call('contact.end', { contactId: 'v1' });
  expect(await again.refusal('contact.signal', { contactId: 'v1', data: {} })).toBe('contact_already_ended');
});
