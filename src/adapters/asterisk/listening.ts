// Supervisors who take part in a conversation, and recordings of it.
//
//   listen    a snoop channel on the agent's hears both, in a bridge with the supervisor's leg
//   whisper   the same, and what the supervisor says is heard by the agent alone
//   barge     the supervisor's leg is in the bridge of the conversation
//
// Another mode replaces the one before. A recording is of the bridge, so it goes on over holds. Who takes part, and what is recorded, is
// written on channels, so an adapter that is started anew finds it there.

import type { Clock } from '../../engine/clock.ts';
import { snoopWithinMs } from '../../limits.ts';
import type { RecordingState, SupervisionMode } from '../../protocol/legs.ts';
import { AriRefusedError } from './ari/ari-connection.ts';
import type { Leg } from './leg.ts';
import type { Media } from './media.ts';

export const snoopPrefix = 'snoop:';
export const listeningPrefix = 'listening:';
const listensVariable = 'STROWGER_LISTENS';
const recordingVariable = 'STROWGER_RECORDING';

export interface ListeningHost {
  readonly clock: Clock;
  inBridge(leg: Leg, bridgeId: string | undefined): void;
  hangUp(channelId: string): void;
}

interface Taking {
  readonly mode: SupervisionMode;
  readonly agent: Leg;
  readonly bridgeId: string;
  readonly snoopId?: string;
}

export class Listening {
  readonly #host: ListeningHost;
  readonly #taking = new Map<Leg, Taking>();
  readonly #awaited = new Map<string, () => void>();
  #lastSnoop = 0;

  constructor(host: ListeningHost) {
    this.#host = host;
  }

  has(snoopId: string): boolean {
    return this.#awaited.has(snoopId) || [...this.#taking.values()].some((taking) => taking.snoopId === snoopId);
  }

  async listen(media: Media, leg: Leg, mode: SupervisionMode, agent: Leg): Promise<void> {
    const before = this.#taking.get(leg);
    const bridgeId = mode === 'barge' ? agent.bridgeId! : `${listeningPrefix}${leg.legId}`;
    if (before?.mode === mode && before.agent === agent && before.bridgeId === bridgeId) return;
    if (mode === 'barge') {
      await this.#write(media, leg, [mode, agent.channelId]);
      await media.join(bridgeId, [leg.channelId]);
      this.#replace(leg, { mode, agent, bridgeId });
      return;
    }
    // Another adapter may have made some for this leg.
    this.#lastSnoop = Math.max(this.#lastSnoop, numberOf(before?.snoopId)) + 1;
    const snoopId = `${snoopPrefix}${leg.legId}:${this.#lastSnoop}`;
    await this.#write(media, leg, [mode, agent.channelId, snoopId]);
    await this.#snoop(media, agent.channelId, snoopId, mode);
    await media.makeBridge(bridgeId);
    await media.join(bridgeId, [snoopId, leg.channelId]);
    this.#replace(leg, { mode, agent, bridgeId, snoopId });
  }

  isTaking(leg: Leg): boolean {
    return this.#taking.has(leg);
  }

  /** What the adapter before this one has written of a leg, once all legs are found; `there`: channels that are alive. */
  async find(media: Media, leg: Leg, there: ReadonlySet<string>, legOf: (channelId: string) => Leg | undefined) {
    const [mode, agentChannel = '', snoopId] = (await media.variable(leg.channelId, listensVariable))?.split(' ') ?? [];
    const agent = legOf(agentChannel);
    if (mode === undefined || agent === undefined) return;
    if (mode === 'barge') this.#found(leg, { mode, agent, bridgeId: agent.bridgeId });
    else if (snoopId !== undefined && there.has(snoopId))
      this.#found(leg, { mode: mode as SupervisionMode, agent, bridgeId: `${listeningPrefix}${leg.legId}`, snoopId });
  }

  #found(
    leg: Leg,
    { bridgeId, ...taking }: Omit<Taking, 'bridgeId'> & { readonly bridgeId: string | undefined },
  ): void {
    if (bridgeId !== undefined) this.#replace(leg, { ...taking, bridgeId });
  }

  #write(media: Media, leg: Leg, words: readonly string[]): Promise<void> {
    return media.setVariable(leg.channelId, listensVariable, words.join(' '));
  }

  /** A snoop channel has come: it can be joined. */
  arrived(snoopId: string): void {
    this.#awaited.get(snoopId)?.();
  }

  /** This leg takes part no longer, or has gone. */
  stop(leg: Leg): void {
    const taking = this.#taking.get(leg);
    this.#taking.delete(leg);
    if (taking?.snoopId !== undefined) this.#host.hangUp(taking.snoopId);
  }

  #replace(leg: Leg, taking: Taking): void {
    this.stop(leg);
    this.#taking.set(leg, taking);
    this.#host.inBridge(leg, taking.bridgeId);
    leg.state = 'connected';
  }

  #snoop(media: Media, channelId: string, snoopId: string, mode: SupervisionMode): Promise<void> {
    return new Promise((resolve, reject) => {
      const { clock } = this.#host;
      const over = (error?: Error) => {
        late.cancel();
        this.#awaited.delete(snoopId);
        if (error === undefined) resolve();
        else reject(error);
      };
      const late = clock.wakeAt(clock.now() + snoopWithinMs, () =>
        over(new AriRefusedError(`snooping on ${channelId}`, 408, { message: 'the snoop channel did not come' })),
      );
      this.#awaited.set(snoopId, () => over());
      media.snoop(channelId, snoopId, mode === 'whisper').catch(over);
    });
  }
}

function numberOf(snoopId: string | undefined): number {
  return snoopId === undefined ? 0 : Number(snoopId.slice(snoopId.lastIndexOf(':') + 1));
}

/** Recordings of conversations: which one is of which leg, and whether it runs. */
export class Recordings {
  readonly #of = new Map<Leg, { readonly name: string; state: 'on' | 'pause' }>();

  async set(media: Media, leg: Leg, wanted: RecordingState, name: string): Promise<void> {
    const now = this.#of.get(leg);
    if ((now?.state ?? 'off') === wanted) return;
    if (wanted === 'off') {
      this.#of.delete(leg);
      return media.stopRecording(now!.name);
    }
    if (now === undefined) {
      await media.setVariable(leg.channelId, recordingVariable, name);
      await media.recordBridge(leg.bridgeId!, name);
      this.#of.set(leg, { name, state: 'on' });
    } else await media.pauseRecording(now.name, wanted === 'pause');
    const recording = this.#of.get(leg)!;
    // Paused from its beginning: what consent is waited for.
    if (now === undefined && wanted === 'pause') await media.pauseRecording(name, true);
    recording.state = wanted;
  }

  /** One that the adapter before this one has begun. */
  async find(media: Media, leg: Leg): Promise<void> {
    const name = await media.variable(leg.channelId, recordingVariable);
    const state = name === undefined ? undefined : await media.recordingState(name);
    if (name !== undefined && state !== undefined)
      this.#of.set(leg, { name, state: state === 'paused' ? 'pause' : 'on' });
  }

  /** Asterisk has ended it, with its bridge. */
  ended(name: string): void {
    for (const [leg, recording] of this.#of) if (recording.name === name) this.#of.delete(leg);
  }

  forget(leg: Leg): void {
    this.#of.delete(leg);
  }
}
