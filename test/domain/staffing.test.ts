// Who could serve what is counted only for what is there: callers who are refused all night leave nothing behind.

import { expect, test, vi } from 'vitest';
import * as layout from '../../assembly/layout.ts';
import { Queue } from '../../src/domain/routing/queues.ts';
import { RoutingState } from '../../src/domain/routing/routing-state.ts';
import type { CommandEncoder } from '../../src/engine/command-encoder.ts';

test('a requirement that is forgotten is not counted any more, and those that stay are', () => {
  const tables = { get: () => undefined, range: () => [], keys: () => [] };
  const retention = { contactRetentionMs: 1, contactsEndedMax: 1 };
  const state = new RoutingState({ now: 0, tables, live: [] }, {} as never, [], retention);
  const queue = new Queue(0, { queueId: 'sales', channels: ['voice'], whenNobody: 'end' }, 1);
  state.queues.add(queue);
  const core = { profileSet: () => undefined } as unknown as CommandEncoder;
  const { staffing, groups } = state.agents;
  const ask = (skill: number) => {
    const profile = state.profiles.make(core, queue, 0, { all: [{ skill, level: 1 }], any: [], prefers: [] });
    expect(staffing.of(profile)).toMatchObject({ loggedIn: 0, ready: 0 });
    return profile;
  };
  const stays = ask(1);
  for (let contact = 0; contact < 100; contact++) state.profiles.forget(ask(2));
  // Whoever logs in as the first of a kind looks at each that is counted.
  const looked = vi.spyOn(groups, 'isIn');
  const group = groups.groupOf({
    capacity: new Map([[0, 1]]),
    skills: [{ skill: 1, level: 5 }],
    queues: undefined,
  } as never);
  groups.join(group, layout.AGENT_LOGGED_OUT);
  const out = { handle: 0, state: layout.AGENT_LOGGED_OUT, flags: 0 };
  const ready = { handle: 0, state: layout.AGENT_READY, flags: layout.AGENT_FLAG_READY };
  staffing.changed(group, out, ready);
  expect(looked.mock.calls.length).toBe(1);
  expect(staffing.of(stays)).toMatchObject({ loggedIn: 1, ready: 1 });
  const other = ask(3);
  state.profiles.forget(stays);
  staffing.changed(group, ready, out);
  expect(staffing.takeEmptied()).toEqual([]);
  expect(staffing.of(other)).toMatchObject({ loggedIn: 0, ready: 0 });
});
