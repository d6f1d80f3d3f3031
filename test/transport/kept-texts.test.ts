// What a feed keeps, against a list of texts.

import { describe, expect, it } from 'vitest';
import { KeptTexts } from '../../src/transport/kept-texts.ts';
import { seededFraction } from './manual-clock.ts';

describe('the texts that a feed keeps', () => {
  it('are those that were pushed, alone or together, whatever characters they are of', () => {
    const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
    console.log(`texts kept, seed ${seed}`);
    const fraction = seededFraction(seed);
    const below = (count: number) => Math.floor(fraction() * count);
    const alphabet = ['a', '"', ',', '\\u0000', 'é', 'ß', '€', '中', '😀'];
    const text = () => {
      const isAscii = fraction() < 0.5;
      const length = fraction() < 0.02 ? below(20_000) : below(400);
      return Array.from({ length }, () => alphabet[below(isAscii ? 4 : alphabet.length)]).join('');
    };
    const kept = new KeptTexts();
    const model: string[] = [];
    const bytesOf = (texts: readonly string[]) => texts.reduce((sum, one) => sum + Buffer.byteLength(one), 0);
    const untaken: string[] = [];
    const expectTaken = () => {
      const { bytes, from, ends, first } = kept.take();
      expect(bytes.toString('utf8', from, ends.at(-1))).toBe(untaken.join(','));
      expect(ends.length - first).toBe(untaken.length);
      expect(kept.hasUntaken).toBe(false);
      untaken.length = 0;
    };
    for (let step = 0; step < 3_000; step++) {
      if (fraction() < 0.4) {
        const texts = Array.from({ length: 1 + below(12) }, text);
        untaken.length = 0;
        for (const text of texts) {
          if (fraction() < 0.05 && !kept.hasUntaken) kept.beginChunk();
          if (!kept.hasRoomFor(text) && kept.hasUntaken) expectTaken();
          expect(kept.push(text)).toBe(Buffer.byteLength(text));
          untaken.push(text);
        }
        expectTaken();
        model.push(...texts);
      } else if (model.length > 0) {
        for (let left = 1 + below(Math.min(model.length, 20)); left > 0; left--) {
          expect(kept.dropOldest()).toBe(Buffer.byteLength(model.shift()!));
        }
      }
      expect([kept.count, kept.bytes]).toEqual([model.length, bytesOf(model)]);
      const count = below(Math.min(model.length, 30) + 1);
      expect(kept.newest(count)).toEqual(model.slice(model.length - count));
    }
    expect(kept.newest(model.length)).toEqual(model);
    expect(() => kept.newest(model.length + 1)).toThrow(RangeError);
  });
});
