// What is asked of Asterisk, by the verbs of its REST interface: one place for addresses and parameters.

import { type AriConnection, AriRefusedError } from './ari/ari-connection.ts';
import { type AriBridge, type AriChannel, eventsUnused } from './ari/frames.ts';

export interface Ringing {
  readonly channelId: string;
  readonly endpoint: string;
  readonly ringMs: number;
  readonly callerId: string | undefined;
  /** The channel that it is for: codecs are chosen to fit. */
  readonly originator: string | undefined;
  readonly variables: Readonly<Record<string, string>>;
}

/** So long nothing is said: a message is over. */
const silenceSeconds = 5;

export class Media {
  readonly #ari: AriConnection;
  readonly #app: string;

  constructor(ari: AriConnection, app: string) {
    this.#ari = ari;
    this.#app = app;
  }

  // ── Asterisk itself ──

  /** Another one after each start of Asterisk. */
  async startupTime(): Promise<string> {
    const info = await this.#ari.request('GET', 'asterisk/info', { query: { only: 'status' } });
    return (info as { readonly status: { readonly startup_time: string } }).status.startup_time;
  }

  async fewerEvents(): Promise<void> {
    const disallowed = eventsUnused.map((type) => ({ type }));
    await this.#ari.request('PUT', `applications/${encodeURIComponent(this.#app)}/eventFilter`, {
      body: { disallowed },
    });
  }

  async channels(): Promise<readonly AriChannel[]> {
    return (await this.#ari.request('GET', 'channels')) as AriChannel[];
  }

  async bridges(): Promise<readonly AriBridge[]> {
    return (await this.#ari.request('GET', 'bridges')) as AriBridge[];
  }

  // ── Channels ──

  /** Undefined: it is not set, or there is no such header. Throws when the channel is gone. */
  async variable(channelId: string, variable: string): Promise<string | undefined> {
    try {
      const { value } = (await this.#ari.request('GET', `${channel(channelId)}/variable`, { query: { variable } })) as {
        readonly value: string;
      };
      return value === '' ? undefined : value;
    } catch (error) {
      // A function that has nothing to read, as PJSIP_HEADER of a header that is not there, is a 500.
      if (error instanceof AriRefusedError && error.status !== 404) return undefined;
      if (error instanceof AriRefusedError && /variable/i.test(error.message)) return undefined;
      throw error;
    }
  }

  async setVariable(channelId: string, variable: string, value: string): Promise<void> {
    await this.#ari.request('POST', `${channel(channelId)}/variable`, { query: { variable, value } });
  }

  async originate({ channelId, endpoint, ringMs, callerId, originator, variables }: Ringing): Promise<void> {
    await this.#ari.request('POST', 'channels', {
      body: {
        endpoint,
        app: this.#app,
        channelId,
        timeout: Math.max(1, Math.ceil(ringMs / 1000)),
        ...(callerId !== undefined && { callerId }),
        ...(originator !== undefined && { originator }),
        variables,
      },
    });
  }

  async answer(channelId: string): Promise<void> {
    await this.#ari.request('POST', `${channel(channelId)}/answer`);
  }

  /** One that is gone already is what was wanted. */
  async hangUp(channelId: string, cause: number): Promise<void> {
    await unlessGone(this.#ari.request('DELETE', channel(channelId), { query: { reason_code: cause } }));
  }

  async startMusic(channelId: string, mohClass: string): Promise<void> {
    await this.#ari.request('POST', `${channel(channelId)}/moh`, { query: { mohClass } });
  }

  async stopMusic(channelId: string): Promise<void> {
    await this.#ari.request('DELETE', `${channel(channelId)}/moh`);
  }

  async sendDigits(channelId: string, dtmf: string): Promise<void> {
    await this.#ari.request('POST', `${channel(channelId)}/dtmf`, { query: { dtmf } });
  }

  async play(channelId: string, playbackId: string, sounds: readonly string[]): Promise<void> {
    await this.#ari.request('POST', `${channel(channelId)}/play/${encodeURIComponent(playbackId)}`, {
      query: { media: sounds.join(',') },
    });
  }

  async stopPlaying(playbackId: string): Promise<void> {
    await unlessGone(this.#ari.request('DELETE', `playbacks/${encodeURIComponent(playbackId)}`));
  }

  /** After a tone; over with `#`, with silence, or with its time. */
  async record(channelId: string, name: string, recordMs: number): Promise<void> {
    await this.#ari.request('POST', `${channel(channelId)}/record`, {
      query: {
        name,
        format: 'wav',
        maxDurationSeconds: Math.ceil(recordMs / 1000),
        maxSilenceSeconds: silenceSeconds,
        ifExists: 'overwrite',
        beep: 'true',
        terminateOn: '#',
      },
    });
  }

  async snoop(channelId: string, snoopId: string, isHeard: boolean): Promise<void> {
    await this.#ari.request('POST', `${channel(channelId)}/snoop/${encodeURIComponent(snoopId)}`, {
      query: { app: this.#app, spy: 'both', whisper: isHeard ? 'out' : 'none' },
    });
  }

  // ── Recordings ──

  async recordBridge(bridgeId: string, name: string): Promise<void> {
    const query = { name, format: 'wav', ifExists: 'overwrite' };
    await this.#ari.request('POST', `${bridge(bridgeId)}/record`, { query });
  }

  /** Undefined: it is over. */
  async recordingState(name: string): Promise<string | undefined> {
    try {
      return ((await this.#ari.request('GET', recording(name))) as { readonly state: string }).state;
    } catch (error) {
      if (error instanceof AriRefusedError && error.status === 404) return undefined;
      throw error;
    }
  }

  async pauseRecording(name: string, isPaused: boolean): Promise<void> {
    await this.#ari.request(isPaused ? 'POST' : 'DELETE', `${recording(name)}/pause`);
  }

  async stopRecording(name: string): Promise<void> {
    await unlessGone(this.#ari.request('POST', `${recording(name)}/stop`));
  }

  // ── Bridges ──

  /** One that is there already stays as it is. */
  async makeBridge(bridgeId: string): Promise<void> {
    try {
      await this.#ari.request('POST', bridge(bridgeId), { query: { type: 'mixing', name: bridgeId } });
    } catch (error) {
      if (!(error instanceof AriRefusedError && error.status === 409)) throw error;
    }
  }

  async destroyBridge(bridgeId: string): Promise<void> {
    await unlessGone(this.#ari.request('DELETE', bridge(bridgeId)));
  }

  /** Each leaves the bridge that it was in. */
  async join(bridgeId: string, channelIds: readonly string[]): Promise<void> {
    await this.#ari.request('POST', `${bridge(bridgeId)}/addChannel`, { body: { channel: channelIds } });
  }

  /** One that is not in it is where it was wanted. */
  async leave(bridgeId: string, channelId: string): Promise<void> {
    await unlessGone(
      this.#ari.request('POST', `${bridge(bridgeId)}/removeChannel`, { body: { channel: [channelId] } }),
    );
  }
}

function channel(channelId: string): string {
  return `channels/${encodeURIComponent(channelId)}`;
}

function bridge(bridgeId: string): string {
  return `bridges/${encodeURIComponent(bridgeId)}`;
}

function recording(name: string): string {
  return `recordings/live/${encodeURIComponent(name)}`;
}

/** 404: there is none; 400, 409 and 422: the channel is not there, not ours, or not in the bridge. */
async function unlessGone(request: Promise<unknown>): Promise<void> {
  try {
    await request;
  } catch (error) {
    if (!(error instanceof AriRefusedError && [400, 404, 409, 422].includes(error.status))) throw error;
  }
}
