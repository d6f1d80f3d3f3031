// After which of their calls an agent of a replay pauses, and for how long: as after the call of the same number of that
// shift in the recording, whenever this one ends (shifts.ts says which gaps are pauses).

import type { PlannedAgent, PlannedShift } from './plan.ts';

interface Progress {
  readonly shifts: readonly PlannedShift[];
  at: number;
  callsTaken: number;
}

export class Pauses {
  readonly #agents = new Map<string, Progress>();

  constructor(agents: readonly PlannedAgent[]) {
    for (const { agentId, shifts } of agents) this.#agents.set(agentId, { shifts, at: 0, callsTaken: 0 });
  }

  /** The agent has been given another call: how long they pause after it, 0 for not at all. */
  afterCall(agentId: string, now: number): number {
    const progress = this.#agents.get(agentId);
    if (progress === undefined) return 0;
    while (progress.at < progress.shifts.length && (progress.shifts[progress.at] as PlannedShift).to <= now) {
      progress.at += 1;
      progress.callsTaken = 0;
    }
    const pauseMs = progress.shifts[progress.at]?.pausesMs[progress.callsTaken] ?? 0;
    progress.callsTaken += 1;
    return pauseMs;
  }
}
