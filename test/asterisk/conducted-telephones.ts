// Telephones behind one address, told apart by the number that is called: each conducts itself as its number says
// (src/simulation/switch/telephones.ts), by SIP. One that is lost answers and sends no media, which Asterisk is told to notice.

import {
  byeBehind,
  description,
  headerOf,
  response,
  type SipMessage,
  SipSocket,
} from '../../bench/load/asterisk/sip.ts';
import { type ConductName, usualNumbers } from '../../src/simulation/switch/telephones.ts';

const answersAfterMs = 100;
/** Long enough to have been joined by then. */
const hangsUpAfterMs = 1_500;

interface Rung {
  readonly invite: SipMessage;
  readonly tag: string;
  isAnswered: boolean;
  next: NodeJS.Timeout | undefined;
}

export class ConductedTelephones {
  readonly #socket: SipSocket;
  readonly #calls = new Map<string, Rung>();
  #last = 0;

  static async open(port: number, asteriskPort: number): Promise<ConductedTelephones> {
    return new ConductedTelephones(await SipSocket.open(port, asteriskPort));
  }

  private constructor(socket: SipSocket) {
    this.#socket = socket;
    socket.listen((message) => this.#heard(message));
  }

  close(): Promise<void> {
    for (const { next } of this.#calls.values()) clearTimeout(next);
    return this.#socket.close();
  }

  #heard(message: SipMessage): void {
    const callId = headerOf(message, 'call-id');
    const call = this.#calls.get(callId);
    if (message.status !== undefined) return this.#socket.stop(`${message.method} ${callId}`);
    if (message.method === 'INVITE') {
      if (call === undefined) this.#rung(message, callId);
      return;
    }
    if (message.method === 'ACK') return this.#socket.stop(`said ${callId}`);
    this.#socket.send(response(message, '200 OK', call?.tag ?? ''));
    if (call === undefined || (message.method !== 'CANCEL' && message.method !== 'BYE')) return;
    clearTimeout(call.next);
    this.#socket.stop(`said ${callId}`);
    if (message.method === 'CANCEL' && !call.isAnswered) this.#refuse(call, '487 Request Terminated');
  }

  #rung(invite: SipMessage, callId: string): void {
    const conduct = (Object.keys(usualNumbers) as ConductName[]).find((name) => usualNumbers[name] === invite.user);
    if (conduct === 'silent') return;
    this.#last += 1;
    const call: Rung = { invite, tag: `t${this.#last}`, isAnswered: false, next: undefined };
    this.#calls.set(callId, call);
    if (conduct === 'busy') return this.#refuse(call, '486 Busy Here');
    if (conduct === 'unreachable' || conduct === undefined) return this.#refuse(call, '404 Not Found');
    this.#socket.send(response(invite, '180 Ringing', call.tag, this.#contact));
    if (conduct === 'rings') return;
    call.next = setTimeout(() => {
      if (conduct === 'rejects') this.#refuse(call, '603 Decline');
      else if (conduct === 'noAnswer') this.#refuse(call, '480 Temporarily Unavailable');
      else this.#answer(call, callId, conduct);
    }, answersAfterMs);
  }

  #answer(call: Rung, callId: string, conduct: ConductName): void {
    call.isAnswered = true;
    const { port } = this.#socket;
    const answer = response(call.invite, '200 OK', call.tag, this.#contact, description(port + 1));
    this.#socket.sendUntil(`said ${callId}`, answer);
    if (conduct !== 'hangsUp') return;
    call.next = setTimeout(
      () => this.#socket.sendUntil(`BYE ${callId}`, byeBehind(call.invite, call.tag, port, `b${call.tag}`)),
      hangsUpAfterMs,
    );
  }

  /** Until it is acknowledged. */
  #refuse({ invite, tag }: Rung, status: string): void {
    this.#socket.sendUntil(`said ${headerOf(invite, 'call-id')}`, response(invite, status, tag));
  }

  get #contact(): string {
    return `<sip:telephone@127.0.0.1:${this.#socket.port}>`;
  }
}
