// The load against one server for a while: what was answered, and what it cost the server.

import { performance } from 'node:perf_hooks';
import type { RouterConfiguration } from '../../src/router-configuration.ts';
import type { ContactLives, LoadShape } from './contact-lives.ts';
import type { Sample, Served } from './served.ts';

export const usualShape = {
  agents: 100,
  linesPerAgent: 20,
  switches: 2,
  customers: 0,
  batchFrames: 1,
} as const satisfies LoadShape;
/** Contacts alive at once. */
export const usuallyAlive = 1_500;

/** So short that what is kept stops growing within the first minute. */
export const steadySettings: Partial<RouterConfiguration> = {
  contactRetentionMs: 5_000,
  recordRetentionMs: 5_000,
  journalRetentionMs: 5_000,
  sealEveryMs: 10_000,
  segmentBytes: 33_554_432,
  snapshotEveryMs: 10_000,
  snapshotEveryEntries: 1_000_000,
};

export interface Phase {
  readonly requestsPerSecond: number;
  readonly notificationsPerRequest: number;
  /** Of the server, all its threads. */
  readonly cpuMicroseconds: number;
  /** Of it the main thread, per request like the one above. */
  readonly mainMicroseconds: number;
  /** How much of the time the load's own event loop was busy: it must not be what is measured. */
  readonly loadBusy: number;
}

export interface PhaseOptions {
  readonly seconds: number;
  readonly warmUpMs: number;
  /** Called about once a second. */
  readonly each?: (sample: Sample) => void;
}

/** Keeps so many contacts alive for so long, then lets them live to their end and checks the account. */
export async function runPhase(served: Served, lives: ContactLives, options: PhaseOptions): Promise<Phase> {
  const { seconds, warmUpMs, each } = options;
  lives.keepAlive(usuallyAlive);
  await pause(warmUpMs);
  const from = { sample: await served.sample(), ...countsOf(lives) };
  const loop = performance.eventLoopUtilization();
  const until = performance.now() + seconds * 1000;
  while (performance.now() < until) {
    await pause(Math.min(1_000, Math.max(1, until - performance.now())));
    each?.(await served.sample());
  }
  const to = { sample: await served.sample(), ...countsOf(lives) };
  const loadBusy = performance.eventLoopUtilization(loop).utilization;
  await lives.drain();
  lives.assertComplete();
  const answers = to.answers - from.answers;
  return {
    requestsPerSecond: (answers / (to.at - from.at)) * 1000,
    notificationsPerRequest: (to.notifications - from.notifications) / answers,
    cpuMicroseconds: ((to.sample.cpuMs - from.sample.cpuMs) / answers) * 1000,
    mainMicroseconds: ((to.sample.mainCpuMs - from.sample.mainCpuMs) / answers) * 1000,
    loadBusy,
  };
}

function countsOf({ answers, notifications }: ContactLives) {
  return { at: performance.now(), answers, notifications };
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
