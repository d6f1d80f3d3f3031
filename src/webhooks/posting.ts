// A POST to somewhere outside, as a module asks for it. The poster is a seam: nothing but this file's interface is known of it.

/** Of the asks of modules, those that no client answers but the poster. */
export const postMethod = 'webhook.post';

export interface Posting {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly timeoutMs: number;
}

/** Rejects where nothing was answered, with a message for people. */
export type Post = (posting: Posting) => Promise<{ readonly status: number }>;
