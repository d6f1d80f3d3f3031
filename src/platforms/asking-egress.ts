// Between a partition and its clients: what a module wants to know of a platform is asked over HTTP, and what comes back is told to the
// partition as a client's answer would be. An answer that the partition does not take (it is stopping) is dropped: the row is asked again.

import type { ClientAnswer, Egress, RequestSink } from '../engine/egress.ts';
import { type AskPlatform, askMethod, type PlatformAsk } from './asking.ts';

/** The `origin` of what is told: nobody waits for an answer to it. */
const asker = Symbol('asker');
const failedCode = -32_000;

export function askingEgress(
  egress: Egress,
  tenant: string,
  ask: AskPlatform,
  sink: () => RequestSink | undefined,
): Egress {
  return {
    answer: (request, answer) => {
      if (request.origin !== asker) egress.answer(request, answer);
    },
    notify: (audience, event, params) => egress.notify(audience, event, params),
    ask: (asked) => {
      if (asked.method !== askMethod) return egress.ask(asked);
      const tell = (answer: ClientAnswer) =>
        sink()?.submit({
          caller: { tenant, ...asked.audience },
          method: '',
          params: {},
          news: { answeredTo: asked.reference, answer },
          origin: asker,
        });
      ask(asked.params as unknown as PlatformAsk).then(
        (answer) => tell({ result: answer }),
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
