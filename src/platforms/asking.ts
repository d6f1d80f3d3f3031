// What a platform is asked outside, as a module asks for it. Whoever asks over HTTP is a seam: nothing but this interface is known of it.

/** Of the asks of modules, those that no client answers but the asker. */
export const askMethod = 'platform.ask';

export interface PlatformAsk {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Of the first attempt; each one after it may take twice as long. */
  readonly attemptMs: number;
  /** For all attempts together. */
  readonly timeoutMs: number;
  /** Networks (CIDR) that are not public and may be connected to. */
  readonly networks: readonly string[];
  /** What is read of an answer; a longer one is none. */
  readonly bytesMax: number;
}

/** Rejects where nothing was answered that could be read, with a message for people. */
export type AskPlatform = (ask: PlatformAsk) => Promise<PlatformAnswered>;

export interface PlatformAnswered {
  readonly status: number;
  /** Of a status of 200. */
  readonly body: string;
  /** Longer than was to be read: it has no body then. */
  readonly isTooLong?: true;
}
