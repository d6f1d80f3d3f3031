// What a customer is told, and says: announcements, digits that are asked for, a message.
//
//   play      what is said ── then music again, for whoever still waits
//   gather    prompt ─ (a key ends it) ─ digits, until there are enough, # or the time is over ── leg.digits with `ends`
//   message   greeting ─ beep ─ what is said, until #, silence, its time or hanging up ── leg.recorded
//
// Two are never heard at once: what begins ends what was playing.

import type { Clock } from '../../engine/clock.ts';
import { gatherMsMax } from '../../limits.ts';
import type { messageEnds } from '../../protocol/legs.ts';
import { Keypads } from '../switch/keypads.ts';
import type { AriEvent } from './ari/frames.ts';
import type { Leg } from './leg.ts';
import type { Media } from './media.ts';
import { soundOf } from './prompts.ts';

export interface Recorded {
  readonly ends: (typeof messageEnds)[number];
  readonly recording?: string;
  readonly recordedMs?: number;
}

export interface HearingHost {
  readonly clock: Clock;
  newId(of: string): string;
  /** In the leg's turn. */
  act(leg: Leg, act: (media: Media) => Promise<void>): void;
  noMusic(media: Media, leg: Leg): Promise<void>;
  musicIfAlone(media: Media, leg: Leg): Promise<void>;
  digits(leg: Leg, collected: { readonly digits: string; readonly ends: string }): void;
  recorded(leg: Leg, message: Recorded): void;
}

interface Message {
  readonly leg: Leg;
  readonly name: string;
  readonly recordMs: number;
  since?: number;
  isEmpty?: boolean;
}

export class Hearing {
  readonly #host: HearingHost;
  readonly #keypads: Keypads;
  /** What follows when it has been said, by playback. */
  readonly #playing = new Map<string, { readonly leg: Leg; readonly then: () => void }>();
  readonly #playbackOf = new Map<Leg, string>();
  readonly #messages = new Map<Leg, Message>();

  constructor(host: HearingHost) {
    this.#host = host;
    this.#keypads = new Keypads(host.clock);
  }

  /** Whoever is asked for something is not talked to. */
  isAsked(leg: Leg): boolean {
    return this.#keypads.isCollecting(leg.legId) || this.#messages.has(leg);
  }

  /** It hears something else than music. */
  isBusy(leg: Leg): boolean {
    return this.#playbackOf.has(leg) || this.#messages.has(leg);
  }

  async play(media: Media, leg: Leg, sounds: readonly string[]): Promise<void> {
    await this.#say(media, leg, sounds, () => this.#host.act(leg, (now) => this.#host.musicIfAlone(now, leg)));
  }

  async gather(media: Media, leg: Leg, digitsMax: number, timeoutMs: number, prompt?: string): Promise<void> {
    const { legId } = leg;
    await this.hush(media, leg);
    this.#keypads.collect(legId, digitsMax, timeoutMs + (prompt === undefined ? 0 : gatherMsMax), (collected) => {
      this.#host.digits(leg, collected);
      this.#host.act(leg, async (now) => {
        await this.hush(now, leg);
        await this.#host.musicIfAlone(now, leg);
      });
    });
    if (prompt === undefined) return;
    await this.#say(media, leg, [soundOf(prompt)], () => this.#keypads.beginAgain(legId, timeoutMs));
  }

  async takeMessage(media: Media, leg: Leg, recordMs: number, greeting: string): Promise<void> {
    const message: Message = { leg, name: `message.${leg.contactId}.${this.#host.clock.now()}`, recordMs };
    this.#messages.set(leg, message);
    await this.#say(media, leg, [soundOf(greeting)], () =>
      this.#host.act(leg, async (now) => {
        if (this.#messages.get(leg) !== message) return;
        message.since = this.#host.clock.now();
        try {
          await now.record(leg.channelId, message.name, recordMs);
        } catch (error) {
          // The caller would wait for a tone that never comes.
          this.#over(message, 'failed');
          throw error;
        }
      }),
    );
  }

  /** True: it was asked for. */
  pressed(leg: Leg, key: string): boolean {
    if (!this.#keypads.isCollecting(leg.legId)) return this.#messages.has(leg);
    const playbackId = this.#playbackOf.get(leg);
    const prompted = playbackId === undefined ? undefined : this.#playing.get(playbackId);
    if (prompted !== undefined) {
      prompted.then();
      this.#host.act(leg, (media) => this.hush(media, leg));
    }
    return this.#keypads.press(leg.legId, key);
  }

  /** Nothing is said to it any more. */
  async hush(media: Media, leg: Leg): Promise<void> {
    const playbackId = this.#playbackOf.get(leg);
    if (playbackId === undefined) return;
    this.#forget(leg, playbackId);
    await media.stopPlaying(playbackId);
  }

  hear({ type, playback, recording }: AriEvent): void {
    if (type === 'PlaybackFinished' && playback !== undefined) {
      const said = this.#playing.get(playback.id);
      if (said === undefined) return;
      this.#forget(said.leg, playback.id);
      said.then();
    } else if ((type === 'RecordingFinished' || type === 'RecordingFailed') && recording !== undefined) {
      const message = [...this.#messages.values()].find(({ name }) => name === recording.name);
      if (message !== undefined) this.#messageIsOver(message, type === 'RecordingFailed', recording.duration === 0);
    }
  }

  /** Its party hangs up; what was said until then is a message. */
  hangsUp(leg: Leg): void {
    const message = this.#messages.get(leg);
    if (message !== undefined) this.#over(message, 'hungUp');
  }

  forget(leg: Leg): void {
    this.#keypads.forget(leg.legId);
    this.#messages.delete(leg);
    const playbackId = this.#playbackOf.get(leg);
    if (playbackId !== undefined) this.#forget(leg, playbackId);
  }

  async #say(media: Media, leg: Leg, sounds: readonly string[], then: () => void): Promise<void> {
    await this.hush(media, leg);
    await this.#host.noMusic(media, leg);
    const playbackId = this.#host.newId('playback');
    this.#playing.set(playbackId, { leg, then });
    this.#playbackOf.set(leg, playbackId);
    try {
      await media.play(leg.channelId, playbackId, sounds);
    } catch (error) {
      this.#forget(leg, playbackId);
      throw error;
    }
  }

  #forget(leg: Leg, playbackId: string): void {
    this.#playing.delete(playbackId);
    if (this.#playbackOf.get(leg) === playbackId) this.#playbackOf.delete(leg);
  }

  /** `isEmpty`: less than a second of sound has come, so nothing was said; pauses of whoever speaks count as sound. */
  #messageIsOver(message: Message, isFailed: boolean, isEmpty: boolean): void {
    const { leg, since = 0, recordMs } = message;
    if (isFailed) return this.#over(message, 'failed');
    message.isEmpty = isEmpty;
    // Asterisk does not say why a recording is over.
    if (leg.isHangingUp) return this.#over(message, 'hungUp');
    this.#over(message, this.#host.clock.now() - since >= recordMs ? 'timedOut' : 'complete');
  }

  #over(message: Message, ends: Recorded['ends']): void {
    const { leg, name, since } = message;
    this.#messages.delete(leg);
    const isThere = since !== undefined && ends !== 'failed' && message.isEmpty !== true;
    const recordedMs = isThere ? Math.min(this.#host.clock.now() - since, message.recordMs) : 0;
    this.#host.recorded(leg, { ends, ...(recordedMs > 0 && { recording: `asterisk:${name}`, recordedMs }) });
  }
}
