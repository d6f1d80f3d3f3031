// The frames of a turn: whatever is added to them comes out once, in order, as JSON, in frames that are not too long.

import { randomInt } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { batchFrameBytesMax } from '../../src/limits.ts';
import { resultWriters } from '../../src/protocol/byte-writers.ts';
import { KeptTexts } from '../../src/transport/kept-texts.ts';
import { TurnFrames } from '../../src/transport/turn-frames.ts';
import { seededFraction } from './manual-clock.ts';

const writeMembers = resultWriters.get('contact.wrapUpExtend')!;

describe('the frames of a turn', () => {
  it('hold each message once and in order, in frames that are no longer than they may be', () => {
    const seed = Number(process.env.SEED ?? randomInt(2 ** 31));
    console.log(`frames of a turn, seed ${seed}`);
    const fraction = seededFraction(seed);
    const below = (count: number) => Math.floor(fraction() * count);
    for (let turn = 0; turn < 400; turn++) {
      const frames = TurnFrames.take();
      const kept = new KeptTexts();
      const expected: unknown[] = [];
      const longMax = below(3) === 0 ? 6_000 : 900;
      const message = () => ({ n: expected.length, text: (below(4) === 0 ? 'ü€' : 'xy').repeat(below(longMax)) });
      const addRun = () => frames.addRun(kept.take());
      for (let step = below(30); step >= 0; step--) {
        const how = below(3);
        if (how === 0) {
          const one = message();
          expected.push(one);
          frames.addText(JSON.stringify(one));
        } else if (how === 1) {
          for (let count = 1 + below(25); count > 0; count--) {
            const one = message();
            expected.push(one);
            const text = JSON.stringify(one);
            if (kept.hasUntaken && !kept.hasRoomFor(text)) addRun();
            kept.push(text);
          }
          addRun();
        } else {
          const contactId = 'c'.repeat(1 + below(128));
          const id = below(2 ** 31);
          const result = { contactId, state: 'wrapUp', untilMs: 1_700_000_000_000 + below(1_000) };
          expected.push({ jsonrpc: '2.0', id, result });
          expect(frames.addResult(id, result, writeMembers)).toBe(JSON.stringify(expected.at(-1)).length);
        }
      }
      frames.finish();
      const told = frames.starts.flatMap((start, index) => {
        const text = frames.bytes.toString('utf8', start, frames.ends[index]);
        const value: unknown = JSON.parse(text);
        if (!Array.isArray(value)) return [value];
        expect(value.length).toBeGreaterThan(1);
        expect(Buffer.byteLength(text)).toBeLessThanOrEqual(batchFrameBytesMax + 2);
        return value;
      });
      expect(told).toEqual(expected);
      frames.giveBack();
    }
  });

  it('leave a result that the writer cannot write to whoever can', () => {
    const frames = TurnFrames.take();
    const odd = { contactId: 'c1', state: 'wrapUp', further: 1 };
    expect(frames.addResult(1, odd, writeMembers)).toBe(-1);
    frames.addText('{"n":1}');
    frames.finish();
    expect(frames.bytes.toString('utf8', frames.starts[0], frames.ends[0])).toBe('{"n":1}');
    expect(frames.starts).toHaveLength(1);
    frames.giveBack();
  });
});
