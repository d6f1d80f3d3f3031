// The compiled core and the plain model get the same 100,000 random commands and must say exactly the same, effect by
// effect and in the same order. `SEED=n npx vitest run test/core/model-agreement.test.ts` repeats a run.

import { describe, expect, test } from 'vitest';
import * as layout from '../../assembly/layout.ts';
import type { Command } from './commands.ts';
import { CoreUnderTest, type Effect } from './core-under-test.ts';
import { Model, type ModelContact } from './model.ts';
import { Random, seedOfThisRun } from './random.ts';
import { RandomWorld } from './random-world.ts';

const COMMANDS_PER_RUN = 100_000;
const COMMANDS_PER_WORLD = 4_000;
const TICKS_BETWEEN_DESCRIPTIONS = 97;

interface Tick {
  now: number;
  commands: Command[];
}

/** On a machine with other work. */
const PATIENCE_MS = 300_000;

const seed = seedOfThisRun();
console.log(`seed ${seed}: SEED=${seed} repeats this run`);

/** Throws with the batch and both answers when they differ; much faster than a deep comparison by the test runner. */
function mustAgree(core: Effect[], model: Effect[], tick: Tick, where: string): void {
  for (let index = 0; index < Math.max(core.length, model.length); index++) {
    const one = JSON.stringify(core[index]);
    const other = JSON.stringify(model[index]);
    if (one === other) continue;
    const batch = tick.commands.map((command, place) => `  ${place}: ${JSON.stringify(command)}`).join('\n');
    const before = core.slice(Math.max(0, index - 6), index).map((effect) => `  ${JSON.stringify(effect)}`);
    throw new Error(
      `${where}, at ${tick.now}: effect ${index} differs\n core  ${one}\n model ${other}\n` +
        `before it:\n${before.join('\n')}\nbatch:\n${batch}`,
    );
  }
}

/** A trap of the core, told with the batch and what was being done. */
function stepOrSay(core: CoreUnderTest, tick: Tick, where: string): Effect[] {
  try {
    return core.step(tick.now, tick.commands);
  } catch (error) {
    const doing = [layout.HEADER_DOING, layout.HEADER_DOING_COMMAND, layout.HEADER_DOING_TIMER].map((field) =>
      core.header(field),
    );
    const batch = tick.commands.map((command, place) => `  ${place}: ${JSON.stringify(command)}`).join('\n');
    throw new Error(`${where}, at ${tick.now}: trap, doing/command/timer ${doing.join('/')}\nbatch:\n${batch}`, {
      cause: error,
    });
  }
}

/** Plays one world through both; returns what was played and the core at its end. */
function playWorld(
  worldSeed: number,
  commandsWanted: number,
  see: (effect: Effect) => void = () => {},
): { ticks: Tick[]; commands: number; core: CoreUnderTest } {
  const random = new Random(worldSeed);
  const model = new Model();
  const core = new CoreUnderTest();
  const world = new RandomWorld(random, model);
  const ticks: Tick[] = [];
  let commands = 0;
  const play = (batch: Command[]): void => {
    const tick = { now: world.now, commands: batch };
    const where = `seed ${seed}, world ${worldSeed}, tick ${ticks.length}`;
    core.buffer = ticks.length % layout.BUFFERS;
    const said = stepOrSay(core, tick, where);
    mustAgree(said, model.step(tick.now, batch), tick, where);
    ticks.push(tick);
    said.forEach(see);
    commands += batch.length;
    const deadline = core.header64(layout.HEADER_NEXT_DEADLINE);
    if (deadline !== model.nextDeadline) throw new Error(`${where}: next deadline ${deadline}, ${model.nextDeadline}`);
    if (ticks.length % TICKS_BETWEEN_DESCRIPTIONS === 0) checkState(core, model, tick, where);
  };
  for (const batch of world.beginning()) play(batch);
  while (commands < commandsWanted) play(world.batch());
  checkState(core, model, ticks.at(-1) ?? { now: 0, commands: [] }, `seed ${seed}, world ${worldSeed}, at its end`);
  return { ticks, commands, core };
}

function checkState(core: CoreUnderTest, model: Model, tick: Tick, where: string): void {
  mustAgree(core.describe(), model.describe(), tick, `${where}, described`);
  const contacts = [...model.contacts.values()];
  const isServed = ({ state }: ModelContact) => state === layout.CONTACT_CONNECTED || state === layout.CONTACT_WRAP_UP;
  const pending = contacts.filter((contact) => !isServed(contact)).length;
  expect(core.header(layout.HEADER_WAITING), where).toBe(pending);
  expect(core.header(layout.HEADER_LIVE), where).toBe(contacts.length);
  expect(core.header(layout.HEADER_TIMERS), where).toBe(model.timerCount);
  for (const contact of contacts) {
    const agents = contact.rings.map(({ agent }) => agent);
    expect(new Set(agents).size, `${where}: contact ${contact.slot} rings twice at one agent`).toBe(agents.length);
    const waits = contact.state === layout.CONTACT_WAITING && !contact.withheld;
    if (!waits && !model.wantsMore(contact)) continue;
    for (const agent of model.agents.values()) {
      const overlooked = model.couldRing(agent, contact.profile);
      if (overlooked && model.inBatches(contact.profile)) {
        expect(model.gathers(contact.profile.queue), `${where}: a batch is gathered or solved`).toBe(true);
        continue;
      }
      expect(overlooked, `${where}: contact ${contact.slot} waits while agent ${agent.handle} is free`).toBe(false);
    }
  }
}

/** Refusals that need more than a random world has: test/core/conformance.test.ts shows them. */
const NEEDS_VOLUME = ['REFUSED_AGENT_WAITED_FOR_BY_TOO_MANY'];

describe('the core and the plain model', () => {
  test(`agree on every effect of ${COMMANDS_PER_RUN} random commands`, { timeout: PATIENCE_MS }, () => {
    const seen = new Set<string>();
    let commands = 0;
    for (let world = 0; commands < COMMANDS_PER_RUN; world++) {
      commands += playWorld((seed + world) >>> 0, COMMANDS_PER_WORLD, (effect) => {
        seen.add(effect.kind === layout.EFFECT_REFUSED ? `refused ${effect.code}` : `effect ${effect.kind}`);
        if (effect.kind === layout.EFFECT_MOVED) seen.add(`moved ${effect.code}`);
        if (effect.kind === layout.EFFECT_WITHDRAWN) seen.add(`withdrawn ${effect.code}`);
      }).commands;
    }
    expect(commands).toBeGreaterThanOrEqual(COMMANDS_PER_RUN);
    // What was never seen was never compared.
    for (const [name, code] of Object.entries(layout)) {
      if (name.startsWith('REFUSED_') && !NEEDS_VOLUME.includes(name)) expect(seen, name).toContain(`refused ${code}`);
    }
    for (let kind = layout.EFFECT_QUEUED; kind < layout.EFFECT_CONTACT_STATE; kind++) {
      expect(seen).toContain(`effect ${kind}`);
    }
    expect(seen).toContain(`effect ${layout.EFFECT_FELL_BACK}`);
    expect(seen).toContain(`effect ${layout.EFFECT_ACCEPTED}`);
    expect(seen).toContain(`effect ${layout.EFFECT_LEAVES}`);
    expect(seen).toContain(`effect ${layout.EFFECT_WITHHELD}`);
    expect(seen).toContain(`effect ${layout.EFFECT_WRAP_UP_EXTENDED}`);
    expect(seen).toContain(`effect ${layout.EFFECT_PARTED}`);
    expect(seen).toContain(`effect ${layout.EFFECT_HANDED_OVER}`);
    expect(seen).toContain(`effect ${layout.EFFECT_STEPPED}`);
    expect(seen).toContain(`effect ${layout.EFFECT_PLACE}`);
    expect(seen).toContain(`effect ${layout.EFFECT_DIALLED}`);
    // Whose customer is to be called back is over: it is in no other queue.
    for (let why = layout.MOVED_FULL; why <= layout.MOVED_RETURNED; why++)
      if (why !== layout.MOVED_CALLBACK) expect(seen).toContain(`moved ${why}`);
    for (let code = layout.WITHDRAWN_CANCELLED; code <= layout.WITHDRAWN_SENT; code++) {
      expect(seen).toContain(`withdrawn ${code}`);
    }
  });
});

describe('a memory rebuilt from its inputs', () => {
  test('has the digest of the one it replaces, whatever buffers were used', () => {
    for (let world = 0; world < 5; world++) {
      const { ticks, core } = playWorld((seed + 1_000 + world) >>> 0, COMMANDS_PER_WORLD);
      const rebuilt = new CoreUnderTest();
      for (const tick of ticks) rebuilt.step(tick.now, tick.commands);
      expect(rebuilt.digest(), `world ${world}`).toBe(core.digest());
      expect(rebuilt.effectsDigest, `world ${world}`).toBe(core.effectsDigest);
    }
  });

  test('has another digest when one command more was played', () => {
    const { ticks, core } = playWorld((seed + 2_000) >>> 0, 1_000);
    const other = new CoreUnderTest();
    for (const tick of ticks) other.step(tick.now, tick.commands);
    const now = ticks.at(-1)?.now ?? 0;
    core.step(now, []);
    other.step(now, [{ kind: 'timerSet', module: 9, key: 9, due: layout.TIME_MAX }]);
    expect(other.digest()).not.toBe(core.digest());
  });
});

describe('a memory restored from a snapshot of header and arena', () => {
  test('goes on exactly as the original does', () => {
    for (let world = 0; world < 5; world++) {
      const { ticks, core } = playWorld((seed + 3_000 + world) >>> 0, COMMANDS_PER_WORLD);
      const half = new CoreUnderTest();
      const middle = ticks.length >> 1;
      for (const tick of ticks.slice(0, middle)) half.step(tick.now, tick.commands);
      const restored = half.restored();
      expect(restored.digest(), `world ${world}`).toBe(half.digest());
      for (const tick of ticks.slice(middle)) {
        mustAgree(
          restored.step(tick.now, tick.commands),
          half.step(tick.now, tick.commands),
          tick,
          `seed ${seed}, restored world ${world}`,
        );
      }
      expect(restored.digest(), `world ${world}`).toBe(core.digest());
    }
  });

  test('keeps its digest when it is described', () => {
    const { core } = playWorld((seed + 4_000) >>> 0, 1_000);
    const before = core.digest();
    core.describe();
    expect(core.digest()).toBe(before);
  });
});
