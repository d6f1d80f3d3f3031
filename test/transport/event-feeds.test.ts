// What readers of feeds are told, against texts made by the encoder: the same told to several, one behind the other, in chunks that
// become full.

import { describe, expect, it } from 'vitest';
import { eventWriters } from '../../src/protocol/byte-writers.ts';
import { eventEncoders } from '../../src/protocol/encoders.ts';
import { type EventText, Feeds } from '../../src/transport/event-feeds.ts';
import { encodeNotification, notificationPrefix } from '../../src/transport/json-rpc.ts';
import type { KeptRun } from '../../src/transport/kept-texts.ts';
import { notificationWriter } from '../../src/transport/rpc-bytes.ts';
import { seededFraction } from './manual-clock.ts';

function eventText(event: string): EventText {
  const prefix = notificationPrefix(event);
  const write = notificationWriter(event, eventWriters.get(event)!);
  return { prefix, encodeMembers: eventEncoders.get(event)!, write };
}

describe('feeds', () => {
  it('tell each reader what was published to it, numbered, also what is told to several', () => {
    const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
    console.log(`feeds, seed ${seed}`);
    const fraction = seededFraction(seed);
    const below = (count: number) => Math.floor(fraction() * count);
    const feeds = new Feeds({ eventsMax: 40 });
    const audiences = [
      { role: 'agent', sub: 'anna' },
      { role: 'agent', sub: 'ben' },
      { role: 'switch', sub: 'pbx' },
      { role: 'supervisor', sub: 'sue' },
    ] as const;
    const told = audiences.map((): string[] => []);
    const published = audiences.map((): string[] => []);
    for (const [index, audience] of audiences.entries()) {
      const deliverKept = ({ bytes, from, ends, first }: KeptRun) => {
        let start = from;
        for (const end of ends.slice(first)) {
          told[index]!.push(bytes.toString('utf8', start, end));
          start = end + 1;
        }
        // As where a session is closed by what it is told, and others are told of that.
        if (fraction() < 0.1) feeds.flush();
      };
      feeds.join('t', audience, { deliverKept });
    }
    const connected = eventText('contact.connected');
    const changed = eventText('contact.changed');
    const bare: EventText = { prefix: notificationPrefix('bare'), encodeMembers: () => '', write: () => -1 };
    const of = feeds.ofTenant('t');
    for (let step = 0; step < 4_000; step++) {
      const contactId = `c${below(1_000)}`;
      const kind = fraction();
      const [event, params] =
        kind < 0.1
          ? [bare, {}]
          : kind < 0.8
            ? [connected, { contactId, agentId: 'anna', lineId: 'anna.chat.1', waitedMs: below(100_000) }]
            : [
                changed,
                {
                  contactId,
                  queueId: 'sales',
                  attributes: { note: '€'.repeat(below(fraction() < 0.1 ? 12_000 : 300)) },
                },
              ];
      const readers = fraction() < 0.5 ? 1 : 1 + below(3);
      for (let count = 0; count < readers; count++) {
        const index = below(audiences.length);
        feeds.publish(of, audiences[index]!, event, params);
        const texts = published[index]!;
        texts.push(encodeNotification(event.prefix, texts.length + 1, event.encodeMembers(params)));
      }
      if (fraction() < 0.05) {
        feeds.flush();
        expect(told.map(({ length }) => length)).toEqual(published.map(({ length }) => length));
      }
    }
    feeds.flush();
    expect(told).toEqual(published);
    for (const [index, audience] of audiences.entries()) {
      const feed = feeds.find('t', audience)!;
      expect(feed.after(feed.lastSeq - feed.kept)).toEqual(published[index]!.slice(-feed.kept));
    }
  });
});
