// Recording and the keys of telephones: what a switch is asked, who is told, and what is kept nowhere.

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type AskedOf, DomainWorld, type Members } from './domain-world.ts';
import { expectSurvivesLoad } from './survives-load.ts';

let world: DomainWorld;

const pbx = 'switch:pbx';
const lines = [{ lineId: 'desk-1', channel: 'voice' }];

async function sales(recording?: Members): Promise<void> {
  await world.ok('admin:root', 'queue.set', {
    queueId: 'sales',
    channels: ['voice', 'chat'],
    ...(recording && { recording }),
  });
}

beforeEach(async () => {
  world = await DomainWorld.start();
  await sales();
  await world.ok('admin:root', 'agent.set', { agentId: 'ada', capacity: { voice: 1, chat: 1 } });
  await world.ok('agent:ada', 'agent.login', { lines });
  await world.ok('agent:ada', 'agent.ready');
  await world.presence(pbx, true);
});

afterEach(async () => {
  await expectSurvivesLoad(world);
  await world.stop();
});

const newest = (): AskedOf => world.asked().at(-1) as AskedOf;
const view = () => world.ok('app:crm', 'contact.get', { contactId: 'c1' });
const asksFor = (method: string) => world.asked().filter((asked) => asked.method === method);
const records = (params: Members, who = 'agent:ada' as const) =>
  world.ok(who, 'contact.recording', { contactId: 'c1', ...params });

async function comes(more: Members = {}): Promise<void> {
  await world.ok(pbx, 'contact.create', { contactId: 'c1', legId: 'A', channel: 'voice', queueId: 'sales', ...more });
  await world.answerTo(newest());
  await world.ok(pbx, 'leg.answered', { legId: 'leg:1.1' });
  await world.answerTo(newest());
}

describe('a recording', () => {
  test('is asked of the switch, and is so when the switch says so', async () => {
    await comes({ recordingConsent: true });
    world.told();
    expect(await records({ recording: 'on' })).toEqual({ contactId: 'c1', recording: 'off', consent: true });
    const asked = newest();
    expect(asked).toMatchObject({ method: 'leg.recording', params: { contactId: 'c1', legId: 'A', recording: 'on' } });
    await world.answerTo(asked);
    expect(world.toldLines('recording')).toEqual(['switch:pbx contact.recording on', 'agent:ada contact.recording on']);
    expect(await view()).toMatchObject({ recording: 'on', recordingConsent: true });
  });

  test('asked for again while it is so, or asked for already, asks nothing', async () => {
    await comes({ recordingConsent: true });
    await records({ recording: 'on' });
    const asked = newest();
    await records({ recording: 'on' });
    await world.answerTo(asked);
    await records({ recording: 'on' });
    expect(asksFor('leg.recording')).toEqual([]);
  });

  test('needs consent where the queue wants it, given before or with it', async () => {
    await comes();
    expect(await world.outcome('agent:ada', 'contact.recording', { contactId: 'c1', recording: 'on' })).toBe(
      'recording_without_consent',
    );
    await records({ recording: 'on', consent: true });
    expect(newest()).toMatchObject({ method: 'leg.recording', params: { recording: 'on' } });
  });

  test('ends when consent is taken back, and whoever said no is not recorded where nobody has to be asked', async () => {
    await sales({ mode: 'always', consent: 'notRequired' });
    await comes();
    const begun = newest();
    expect(begun).toMatchObject({ method: 'leg.recording', params: { recording: 'on' } });
    await world.answerTo(begun);
    await records({ consent: false });
    const ends = newest();
    expect(ends).toMatchObject({ method: 'leg.recording', params: { recording: 'off' } });
    await world.answerTo(ends);
    expect(await view()).toMatchObject({ recording: 'off', recordingConsent: false });
    expect(await world.outcome('agent:ada', 'contact.recording', { contactId: 'c1', recording: 'on' })).toBe(
      'recording_without_consent',
    );
  });

  test('of a queue that always records begins with the consent, which may come from the switch', async () => {
    await sales({ mode: 'always', consent: 'required' });
    await comes();
    expect(asksFor('leg.recording')).toEqual([]);
    await world.ok(pbx, 'contact.recording', { contactId: 'c1', consent: true });
    expect(newest()).toMatchObject({ method: 'leg.recording', params: { recording: 'on' } });
  });

  test('of a queue that always records is paused by agents and ended by others only', async () => {
    await sales({ mode: 'always', consent: 'notRequired' });
    await comes();
    await world.answerTo(newest());
    expect(await world.outcome('agent:ada', 'contact.recording', { contactId: 'c1', recording: 'off' })).toBe(
      'recording_not_allowed',
    );
    await records({ recording: 'pause' });
    await world.answerTo(newest());
    expect(await view()).toMatchObject({ recording: 'pause' });
    await world.ok('supervisor:lead', 'contact.recording', { contactId: 'c1', recording: 'off' });
    await world.answerTo(newest());
    expect(await view()).toMatchObject({ recording: 'off' });
  });

  test('is not to be had where the queue has none', async () => {
    await sales({ mode: 'never', consent: 'notRequired' });
    await comes({ recordingConsent: true });
    expect(await world.outcome('app:crm', 'contact.recording', { contactId: 'c1', recording: 'on' })).toBe(
      'recording_not_allowed',
    );
  });

  test('that the switch refuses is told as it is', async () => {
    await comes({ recordingConsent: true });
    await records({ recording: 'on' });
    world.told();
    await world.answerTo(newest(), { error: { code: 1, message: 'disk full' } });
    expect(world.told().map(({ params }) => params)).toEqual([
      { contactId: 'c1', recording: 'off', failed: true },
      { contactId: 'c1', recording: 'off', failed: true },
    ]);
  });

  test('changed before the switch has answered is as it was asked for last', async () => {
    await comes({ recordingConsent: true });
    await records({ recording: 'on' });
    const on = newest();
    await records({ recording: 'off' });
    const off = newest();
    await world.answerTo(off);
    await world.answerTo(on);
    expect(await view()).not.toHaveProperty('recording');
  });

  test('is said again to a switch that is back', async () => {
    await comes({ recordingConsent: true });
    await records({ recording: 'on' });
    await world.answerTo(newest());
    await world.presence(pbx, false);
    await world.presence(pbx, true);
    expect(asksFor('leg.recording')).toMatchObject([{ params: { recording: 'on' } }]);
  });

  test('of a contact without legs is so at once, and whoever has the media is told', async () => {
    await world.ok('app:crm', 'contact.create', {
      contactId: 'c1',
      channel: 'chat',
      queueId: 'sales',
      recordingConsent: true,
    });
    await world.ok('agent:ada', 'agent.login', { lines: [...lines, { lineId: 'chat-1', channel: 'chat' }] });
    await world.ok('agent:ada', 'agent.ready');
    await world.ok('agent:ada', 'offer.accept', { offerId: 'o1.1' });
    world.told();
    expect(await records({ recording: 'on' })).toMatchObject({ recording: 'on' });
    expect(world.toldLines('recording')).toContain('app:crm contact.recording on');
  });

  test('is in the record, with its length and the consent', async () => {
    await comes({ recordingConsent: true });
    await records({ recording: 'on' });
    await world.answerTo(newest());
    await world.pass(4_000);
    await records({ recording: 'pause' });
    await world.answerTo(newest());
    await world.pass(9_000);
    await records({ recording: 'on' });
    await world.answerTo(newest());
    await world.pass(1_000);
    await world.ok('agent:ada', 'contact.end', { contactId: 'c1' });
    const { records: all } = (await world.ok('admin:root', 'cdr.query', {})) as { records: Members[] };
    expect(all).toMatchObject([{ contactId: 'c1', recordedMs: 5_000, recordingConsent: true }]);
  });

  test('is refused before there is a conversation, and of whom another agent serves', async () => {
    await world.ok('agent:ada', 'agent.notReady', { reason: 'lunch' });
    await world.ok(pbx, 'contact.create', { contactId: 'c1', legId: 'A', channel: 'voice', queueId: 'sales' });
    const params = { contactId: 'c1', recording: 'on', consent: true };
    expect(await world.outcome('app:crm', 'contact.recording', params)).toBe('contact_not_connected');
    expect(await world.outcome('agent:ada', 'contact.recording', params)).toBe('contact_not_found');
    expect(await world.outcome('switch:other', 'contact.recording', { contactId: 'c1', consent: true })).toBe(
      'contact_not_found',
    );
  });
});

const secret = '4929123123123';

describe('digits', () => {
  test('are sent to the customer’s leg once', async () => {
    await comes();
    await world.ok('agent:ada', 'contact.digits', { contactId: 'c1', digits: '1*' });
    expect(newest()).toMatchObject({ method: 'leg.sendDigits', params: { contactId: 'c1', legId: 'A', digits: '1*' } });
    await world.presence(pbx, false);
    await world.presence(pbx, true);
    expect(asksFor('leg.sendDigits')).toEqual([]);
  });

  test('that are not sent are told to whoever asked', async () => {
    await comes();
    await world.ok('agent:ada', 'contact.digits', { contactId: 'c1', digits: '1' });
    world.told();
    await world.answerTo(newest(), { error: { code: 1, message: 'no' } });
    expect(world.toldLines('contactId')).toEqual(['agent:ada contact.digitsNotSent c1']);
    await world.presence(pbx, false);
    const refused = { contactId: 'c1', digits: '1' };
    expect(await world.outcome('agent:ada', 'contact.digits', refused)).toBe('switch_not_connected');
  });

  test('that the customer presses are told to the agent', async () => {
    await comes();
    world.told();
    await world.ok(pbx, 'leg.digits', { legId: 'A', digits: '5' });
    expect(world.toldLines('digits')).toEqual(['agent:ada contact.digits 5']);
  });

  test('that are collected are told to whoever asked, and to nobody else, once', async () => {
    await comes();
    await world.ok('app:crm', 'contact.gather', { contactId: 'c1', prompt: 'card', digits: 16, timeoutMs: 30_000 });
    const gather = newest();
    expect(gather).toMatchObject({
      method: 'leg.gather',
      params: { contactId: 'c1', legId: 'A', prompt: 'card', digits: 16, timeoutMs: 30_000 },
    });
    await world.answerTo(gather);
    expect(await world.outcome('agent:ada', 'contact.gather', { contactId: 'c1', digits: 1 })).toBe('gather_under_way');
    world.told();
    await world.ok(pbx, 'leg.digits', { legId: 'A', digits: '49' });
    await world.ok(pbx, 'leg.digits', { legId: 'A', digits: secret, ends: 'complete' });
    await world.ok(pbx, 'leg.digits', { legId: 'A', digits: secret, ends: 'complete' });
    expect(world.told()).toMatchObject([
      {
        to: 'app:crm',
        event: 'contact.gathered',
        params: { contactId: 'c1', digits: secret, ends: 'complete' },
      },
    ]);
  });

  test('two who ask in one tick: the first is heard', async () => {
    await comes();
    const asks = { contactId: 'c1', digits: 2 };
    const answers = await world.together(['app:crm', 'contact.gather', asks], ['agent:ada', 'contact.gather', asks]);
    expect(answers.map((answer) => ('refusal' in answer ? answer.refusal.refusal : 'done'))).toEqual([
      'done',
      'gather_under_way',
    ]);
  });

  test.each([
    ['will not', async () => world.answerTo(newest(), { error: { code: 1, message: 'no' } }), 'failed'],
    ['says nothing', async () => world.pass(200_000), 'failed'],
    ['reports the end of the customer', async () => world.ok(pbx, 'leg.ended', { legId: 'A' }), 'contactEnded'],
  ])('of a switch that %s come to an end', async (_, happens, ends) => {
    await comes();
    await world.ok('app:crm', 'contact.gather', { contactId: 'c1', digits: 4, timeoutMs: 30_000 });
    world.told();
    await happens();
    await world.idle();
    expect(world.told().filter(({ event }) => event === 'contact.gathered')).toMatchObject([
      { params: { contactId: 'c1', digits: '', ends } },
    ]);
  });

  test('are nowhere: in no row, in no entry of the journal', async () => {
    await comes();
    await world.ok('agent:ada', 'contact.digits', { contactId: 'c1', digits: secret, requestId: 'r1' });
    await world.ok('app:crm', 'contact.gather', { contactId: 'c1', digits: 13 });
    await world.ok(pbx, 'leg.digits', { legId: 'A', digits: secret, ends: 'complete', requestId: 'r2' });
    await world.ok(pbx, 'leg.digits', { legId: 'A', digits: secret });
    await world.idle();
    // Every row that there is has been in the redo of an entry.
    const entries = [...world.opened.journal.read(1)];
    expect(entries.some(({ redo }) => Buffer.from(redo).includes('leg.gather'))).toBe(true);
    for (const { input, redo } of entries)
      for (const bytes of [input, redo]) expect(Buffer.from(bytes).includes(secret)).toBe(false);
  });

  test('of a contact without legs are refused', async () => {
    await world.ok('app:crm', 'contact.create', { contactId: 'c1', channel: 'voice', queueId: 'sales' });
    await world.ok('agent:ada', 'offer.accept', { offerId: 'o1.1' });
    expect(await world.outcome('agent:ada', 'contact.digits', { contactId: 'c1', digits: '1' })).toBe(
      'contact_without_legs',
    );
    expect(await world.outcome('agent:ada', 'contact.gather', { contactId: 'c1', digits: 1 })).toBe(
      'contact_without_legs',
    );
  });
});
