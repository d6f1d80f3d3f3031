// Between a partition and its clients: what a module asks to be posted outside goes to the poster, and what comes back is told to the
// partition as a client's answer would be.
//
// An answer that the partition does not take (it is stopping) is dropped: what was asked for is a row of the module's, and asked for
// again.

import type { ClientAnswer, Egress, RequestSink } from '../engine/egress.ts';
import { type Post, type Posting, postMethod } from './posting.ts';

/** The `origin` of what the poster tells: nobody waits for an answer to it. */
const poster = Symbol('poster');
const failedCode = -32_000;

export function postingEgress(egress: Egress, tenant: string, post: Post, sink: () => RequestSink | undefined): Egress {
  return {
    answer: (request, answer) => {
      if (request.origin !== poster) egress.answer(request, answer);
    },
    notify: (audience, event, params) => egress.notify(audience, event, params),
    ask: (ask) => {
      if (ask.method !== postMethod) return egress.ask(ask);
      const { url, headers, body } = ask.params as unknown as Posting;
      const tell = (answer: ClientAnswer) =>
        sink()?.submit({
          caller: { tenant, ...ask.audience },
          method: '',
          params: {},
          news: { answeredTo: ask.reference, answer },
          origin: poster,
        });
      post({ url, headers, body, timeoutMs: ask.timeoutMs }).then(
        ({ status }) => tell({ result: { status } }),
        (error: unknown) => tell({ error: { code: failedCode, message: messageOf(error) } }),
      );
    },
    flush: () => egress.flush(),
  };
}

function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message === '' ? 'no answer' : message.slice(0, 256);
}
