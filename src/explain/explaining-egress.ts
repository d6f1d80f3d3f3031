// Between a partition and its clients: an answer to contact.explain that comes from the partition says only which contact is
// meant (it exists, the caller may see it, and what is known of it is durable). The explanation takes its place, later.

import type { Answer, Egress } from '../engine/egress.ts';
import type { Question } from './stored-explanations.ts';

export function explainingEgress(egress: Egress, explain: (question: Question) => Promise<Answer>): Egress {
  return {
    answer: (request, answer) => {
      if (request.method !== 'contact.explain' || !('result' in answer)) return egress.answer(request, answer);
      void explain(answer.result as Question).then((explained) => {
        egress.answer(request, explained);
        egress.flush();
      });
    },
    notify: (audience, event, params) => egress.notify(audience, event, params),
    ask: (ask) => egress.ask(ask),
    flush: () => egress.flush(),
  };
}
