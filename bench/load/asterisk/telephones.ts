// The telephones of agents: each rings when it is called, answers by itself a moment later, and hangs up when it is told to. One call at a time:
// a second one is told that it is busy, and counted.

import { byeBehind, description, headerOf, response, type SipMessage, SipSocket, userOf } from './sip.ts';

export interface TelephoneListener {
  /** An INVITE has come for this telephone, from this number. */
  rings(agent: string, from: string): void;
  answered(agent: string, from: string): void;
  /** `byUs`: by hangUp(); else Asterisk has ended it, ringing or answered. */
  over(agent: string, byUs: boolean): void;
  /** It was rung in the middle of a call. */
  busy(agent: string, from: string): void;
}

interface Ringing {
  readonly agent: string;
  readonly from: string;
  readonly invite: SipMessage;
  readonly tag: string;
  state: 'ringing' | 'answered' | 'hangingUp';
  answers: NodeJS.Timeout;
}

export class Telephones {
  readonly #socket: SipSocket;
  readonly #answerMs: number;
  readonly #listener: TelephoneListener;
  readonly #byCall = new Map<string, Ringing>();
  readonly #byAgent = new Map<string, Ringing>();
  #last = 0;

  static async open(
    ports: { own: number; asterisk: number },
    answerMs: number,
    listener: TelephoneListener,
  ): Promise<Telephones> {
    return new Telephones(await SipSocket.open(ports.own, ports.asterisk), answerMs, listener);
  }

  private constructor(socket: SipSocket, answerMs: number, listener: TelephoneListener) {
    this.#socket = socket;
    this.#answerMs = answerMs;
    this.#listener = listener;
    socket.listen((message) => this.#heard(message));
  }

  get busy(): number {
    return this.#byAgent.size;
  }

  hangUp(agent: string): void {
    const call = this.#byAgent.get(agent);
    if (call === undefined) throw new Error(`${agent} has no call to hang up`);
    const { invite, tag } = call;
    const callId = headerOf(invite, 'call-id');
    call.state = 'hangingUp';
    this.#last += 1;
    const bye = byeBehind(invite, tag, this.#socket.port, `bye${this.#last}`);
    this.#socket.sendUntil(`BYE ${callId}`, bye);
    this.#remove(call, true);
  }

  close(): Promise<void> {
    for (const { answers } of this.#byAgent.values()) clearTimeout(answers);
    return this.#socket.close();
  }

  #heard(message: SipMessage): void {
    const callId = headerOf(message, 'call-id');
    const call = this.#byCall.get(callId);
    if (message.status !== undefined) return this.#socket.stop(`${message.method} ${callId}`);
    switch (message.method) {
      case 'INVITE':
        if (call === undefined) this.#rung(message, callId);
        else if (call.state === 'answered') this.#sayAnswered(call, message);
        return;
      case 'ACK':
        return this.#socket.stop(`200 ${callId}`);
      case 'CANCEL':
        this.#socket.send(response(message, '200 OK', call?.tag ?? ''));
        if (call?.state !== 'ringing') return;
        this.#socket.send(response(call.invite, '487 Request Terminated', call.tag));
        return this.#remove(call, false);
      case 'BYE':
        this.#socket.send(response(message, '200 OK', ''));
        this.#socket.stop(`200 ${callId}`);
        if (call !== undefined) this.#remove(call, false);
        return;
      default:
        this.#socket.send(response(message, '200 OK', call?.tag ?? ''));
    }
  }

  #rung(invite: SipMessage, callId: string): void {
    const agent = invite.user;
    const from = userOf(headerOf(invite, 'from'));
    this.#last += 1;
    if (this.#byAgent.has(agent)) {
      this.#socket.send(response(invite, '486 Busy Here', `t${this.#last}`));
      return this.#listener.busy(agent, from);
    }
    const call: Ringing = {
      ...{ agent, from, invite, tag: `t${this.#last}`, state: 'ringing' },
      answers: setTimeout(() => {
        call.state = 'answered';
        this.#sayAnswered(call, invite);
        this.#listener.answered(agent, from);
      }, this.#answerMs),
    };
    this.#byCall.set(callId, call);
    this.#byAgent.set(agent, call);
    this.#listener.rings(agent, from);
    this.#socket.send(response(invite, '180 Ringing', call.tag, this.#contact(agent)));
  }

  #sayAnswered({ agent, tag }: Ringing, invite: SipMessage): void {
    const text = response(invite, '200 OK', tag, this.#contact(agent), description(this.#socket.port + 1));
    this.#socket.sendUntil(`200 ${headerOf(invite, 'call-id')}`, text);
  }

  #contact(agent: string): string {
    return `<sip:${agent}@127.0.0.1:${this.#socket.port}>`;
  }

  #remove(call: Ringing, byUs: boolean): void {
    clearTimeout(call.answers);
    // Known for a while longer by its Call-ID: what comes again of it is no new call.
    const callId = headerOf(call.invite, 'call-id');
    setTimeout(() => this.#byCall.delete(callId), 10_000).unref();
    call.state = 'hangingUp';
    this.#byAgent.delete(call.agent);
    this.#listener.over(call.agent, byUs);
  }
}
