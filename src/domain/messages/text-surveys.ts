// Ratings by text, when the agent has ended a chat (docs/ratings.md): the router asks in the conversation, and what the customer writes
// is taken for the value of the item that was asked for. By which rules is in rating-survey.ts, as for the keys of telephones.

import type { Effect } from '../../engine/effects.ts';
import { callChannels } from '../../protocol/mobility.ts';
import type { ContactView, Reaction, RoutingView, Surveying } from '../module.ts';
import { answeredWith, type Progress, surveyAfter } from '../rating-survey.ts';
import { isWithoutText } from './access.ts';
import type { Conversation, Conversations } from './conversations.ts';

type Say = (to: Conversation, text: string, reaction: Reaction) => { readonly to: Conversation };

/** What is spoken, and letters, which are not answered by a figure. */
const notAsked: ReadonlySet<string> = new Set([...callChannels, 'callback', 'email']);

/** Answers to what is asked in a chat are short: a longer text is none. */
const answer = /^\s*(\d{1,3})\s*[.!]?\s*$/;

export class TextSurveys {
  readonly #routing: RoutingView;
  readonly #surveying: Surveying;
  readonly #conversations: Conversations;
  readonly #say: Say;

  constructor(routing: RoutingView, surveying: Surveying, conversations: Conversations, say: Say) {
    this.#routing = routing;
    this.#surveying = surveying;
    this.#conversations = conversations;
    this.#say = say;
  }

  get asks(): boolean {
    return this.#surveying.asks('text');
  }

  after(effect: Effect, contact: ContactView): Progress | undefined {
    if (!this.asks || notAsked.has(contact.channel) || isWithoutText(contact, this.#routing)) return undefined;
    return surveyAfter(effect, 'text', this.#routing, this.#surveying);
  }

  ask(of: Conversation, progress: Progress, reaction: Reaction): Conversation {
    const dueAt = reaction.now + this.#surveying.textAnswerMs();
    reaction.followUp('setSurveyTimer', { number: of.number, dueAt });
    const asked: Conversation = { ...of, survey: { ...progress, dueAt } };
    return this.#say(asked, this.#surveying.questionFor(progress.items[0]!), reaction).to;
  }

  answered(of: Conversation, text: string, reaction: Reaction): Conversation {
    const { survey } = of;
    if (survey === undefined) return of;
    const next = answeredWith(survey, answer.exec(text)?.[1] ?? '');
    if (next === undefined) return this.over(of, survey, reaction);
    if (next.items.length > 0) return this.ask(of, next, reaction);
    const over = this.over(of, next, reaction);
    const thanks = this.#surveying.thanks();
    return thanks === undefined ? over : this.#say(over, thanks, reaction).to;
  }

  over({ survey: _, ...of }: Conversation, progress: Progress, reaction: Reaction): Conversation {
    this.#conversations.keep(of, reaction.tables);
    if (Object.keys(progress.given).length > 0) this.#surveying.given(progress, reaction);
    return of;
  }
}
