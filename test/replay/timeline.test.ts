import { describe, expect, it } from 'vitest';
import type { Clock, Wake } from '../../src/engine/clock.ts';
import { PacedTimeline, SteppedTimeline } from '../../src/simulation/timeline.ts';

/** A clock that moves when it is told to. */
class FakeClock implements Clock {
  time = 1_000_000;
  #wakes: { at: number; callback: () => void }[] = [];

  now(): number {
    return this.time;
  }
  skewMs(): number {
    return 0;
  }
  wakeAt(at: number, callback: () => void): Wake {
    const wake = { at, callback };
    this.#wakes.push(wake);
    return {
      cancel: () => {
        this.#wakes = this.#wakes.filter((other) => other !== wake);
      },
    };
  }
  soon(callback: () => void): void {
    queueMicrotask(callback);
  }
  /** Moves on, waking who asked for it at the time they asked for. */
  async advance(ms: number): Promise<void> {
    const until = this.time + ms;
    for (;;) {
      const next = this.#wakes.sort((a, b) => a.at - b.at)[0];
      if (next === undefined || next.at > until) break;
      this.#wakes.shift();
      this.time = Math.max(this.time, next.at);
      next.callback();
      await Promise.resolve();
    }
    this.time = until;
  }
}

const start = Date.parse('1999-08-01T07:00:00Z');

describe('a paced timeline', () => {
  it('maps recorded time to the clock by its speed', async () => {
    const clock = new FakeClock();
    const timeline = new PacedTimeline(clock, 300, start);
    expect(timeline.now()).toBe(start);
    timeline.at(start + 60_000, () => {});
    const run = timeline.run();
    await clock.advance(100);
    expect(timeline.now()).toBe(start + 30_000);
    await clock.advance(100);
    await run;
  });

  it('lets each event happen at the first millisecond of the clock at which it is due, never earlier', async () => {
    const clock = new FakeClock();
    const timeline = new PacedTimeline(clock, 300, start);
    const happened: [string, number][] = [];
    const note = (name: string) => () => happened.push([name, clock.time - 1_000_000]);
    timeline.at(start + 90_001, note('just after 300 ms'));
    timeline.at(start + 30_000, note('100 ms'));
    timeline.at(start + 30_000, note('100 ms, second'));
    timeline.at(start, note('at once'));
    const run = timeline.run();
    await clock.advance(1000);
    await run;
    expect(happened).toEqual([
      ['at once', 0],
      ['100 ms', 100],
      ['100 ms, second', 100],
      ['just after 300 ms', 301],
    ]);
    // The last one was due 299 ms of recorded time before the clock's next millisecond.
    expect(timeline.lateMs).toEqual({ mean: 299 / 4, max: 299 });
  });

  it('takes events while it runs, also one before all others, and ends when none is left', async () => {
    const clock = new FakeClock();
    const timeline = new PacedTimeline(clock, 10, start);
    const happened: string[] = [];
    let ended = false;
    timeline.at(start + 10_000, () => happened.push('late'));
    const run = timeline.run().then(() => {
      ended = true;
    });
    await clock.advance(100);
    timeline.at(start + 2_000, () => {
      happened.push('early');
      timeline.at(start + 12_000, () => happened.push('last'));
    });
    await clock.advance(1000);
    expect(happened).toEqual(['early', 'late']);
    expect(ended).toBe(false);
    await clock.advance(100);
    await run;
    expect(happened).toEqual(['early', 'late', 'last']);
  });

  it('goes on at the clock’s time in another run, not where the first one ended', async () => {
    const clock = new FakeClock();
    const timeline = new PacedTimeline(clock, 10, start);
    await timeline.run();
    await clock.advance(500);
    expect(timeline.now()).toBe(start + 5_000);
    let at = 0;
    timeline.at(start + 7_000, () => {
      at = clock.time;
    });
    const run = timeline.run();
    await clock.advance(500);
    await run;
    expect(at).toBe(1_000_700);
  });

  it('ends at once when it is stopped, and nothing more happens', async () => {
    const clock = new FakeClock();
    const timeline = new PacedTimeline(clock, 1, start);
    timeline.at(start + 1000, () => {
      throw new Error('must not happen');
    });
    const run = timeline.run();
    timeline.stop();
    await run;
    await clock.advance(5000);
    expect(timeline.pending).toBe(0);
  });
});

describe('a stepped timeline', () => {
  it('does what is due together, lets it settle, and only then jumps to the next', async () => {
    const happened: string[] = [];
    const timeline: SteppedTimeline = new SteppedTimeline(start, async () => {
      await Promise.resolve();
      happened.push(`settled at +${timeline.now() - start}`);
    });
    timeline.at(start + 5_000, () => happened.push('b'));
    timeline.at(start + 1_000, () => happened.push('a'));
    timeline.at(start + 5_000, () => happened.push('c'));
    await timeline.run();
    expect(happened).toEqual(['a', 'settled at +1000', 'b', 'c', 'settled at +5000']);
  });

  it('never goes back: an event for a time that has passed happens now', async () => {
    const times: number[] = [];
    const timeline: SteppedTimeline = new SteppedTimeline(start, async () => {});
    timeline.at(start + 5_000, () => {
      timeline.at(start + 1_000, () => times.push(timeline.now() - start));
      timeline.at(start + 6_000, () => times.push(timeline.now() - start));
    });
    await timeline.run();
    expect(times).toEqual([5_000, 6_000]);
  });

  it('takes what settling brings into the same run', async () => {
    const times: number[] = [];
    let rounds = 0;
    const timeline: SteppedTimeline = new SteppedTimeline(start, async () => {
      if (rounds++ === 0) timeline.at(timeline.now() + 96_000, () => times.push(timeline.now() - start));
    });
    timeline.at(start, () => {});
    await timeline.run();
    expect(times).toEqual([96_000]);
  });
});
