// The build that counts what it touches decides as the one of production, which counts nothing.

import { describe, expect, it } from 'vitest';
import { countingCore, touchedIn } from '../../bench/core/counting.ts';
import { Machine } from '../../bench/core/machine.ts';
import { Recorder } from '../../bench/core/recorder.ts';
import { waiting } from '../../bench/core/topologies.ts';
import { skilledQueues } from '../../bench/core/worlds.ts';
import { coreModule } from '../core/core-under-test.ts';

function play(build: WebAssembly.Module): Machine {
  const machine = new Machine(build);
  const topology = waiting(new Recorder(machine), skilledQueues(), 200);
  for (let cycle = 0; cycle < 20; cycle++) topology.cycle();
  topology.account();
  return machine;
}

describe('the core that counts what it touches', () => {
  it('tells and keeps what the core of production does, and only it counts', () => {
    const plain = play(coreModule);
    const counting = play(countingCore());
    expect(counting.effectsDigest).toBe(plain.effectsDigest);
    expect(counting.memoryDigest).toBe(plain.memoryDigest);
    expect(touchedIn(plain)).toBe(0);
    expect(touchedIn(counting)).toBeGreaterThan(10_000);
  });

  it('counts a record once a command, however often it is looked at', () => {
    const machine = new Machine(countingCore());
    const recorder = new Recorder(machine);
    recorder.step([...skilledQueues().settings]);
    const before = touchedIn(machine);
    // The same command twice: a queue that is not there, looked up and refused.
    const missing = { kind: 'queueRemove', queue: 0 } as const;
    recorder.step([missing]);
    const once = touchedIn(machine) - before;
    recorder.step([missing]);
    const refused = touchedIn(machine) - before - once;
    expect(once).toBeGreaterThan(refused);
    expect(refused).toBe(1);
  });
});
