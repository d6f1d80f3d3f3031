// Customers: each calls a number, stays for as long as Asterisk lets it, and hangs up when it is told to, before or after it was answered.

import { description, headerOf, request, response, type SipMessage, SipSocket } from './sip.ts';

interface Calling {
  readonly from: string;
  readonly callId: string;
  /** Of the INVITE; a CANCEL has the same. */
  readonly branch: string;
  /** Of the other side, with its tag, once it has one. */
  to: string;
  target: string;
  state: 'calling' | 'proceeding' | 'up' | 'over';
  wantsToHangUp: boolean;
}

export class Callers {
  readonly #socket: SipSocket;
  readonly #asteriskPort: number;
  /** `status`: it was turned away, 487 after hanging up; undefined: an answered call is over. */
  readonly #over: (from: string, status: number | undefined) => void;
  readonly #answered: (from: string, description: string) => void;
  readonly #calls = new Map<string, Calling>();
  #last = 0;

  static async open(
    ports: { own: number; asterisk: number },
    over: (from: string, status: number | undefined) => void,
    answered: (from: string, description: string) => void = () => {},
  ): Promise<Callers> {
    return new Callers(await SipSocket.open(ports.own, ports.asterisk), ports.asterisk, over, answered);
  }

  private constructor(
    socket: SipSocket,
    asteriskPort: number,
    over: (from: string, status: number | undefined) => void,
    answered: (from: string, description: string) => void,
  ) {
    this.#socket = socket;
    this.#asteriskPort = asteriskPort;
    this.#over = over;
    this.#answered = answered;
    socket.listen((message) => this.#heard(message));
  }

  /** How many are on the line. */
  get calling(): number {
    return this.#calls.size;
  }

  /** `from` names the call: nobody else calls from there meanwhile. */
  call(from: string, number: string): void {
    this.#last += 1;
    const callId = `${process.pid}-${this.#last}@bench`;
    const branch = `${process.pid}i${this.#last}`;
    const target = `sip:${number}@127.0.0.1:${this.#asteriskPort}`;
    const call: Calling = {
      ...{ from, callId, branch, to: `<${target}>`, target, state: 'calling', wantsToHangUp: false },
    };
    this.#calls.set(callId, call);
    const invite = this.#request(call, 'INVITE', 1, branch, description(this.#socket.port + 1));
    this.#socket.sendUntil(`INVITE ${callId}`, invite);
  }

  hangUp(from: string): void {
    const call = [...this.#calls.values()].find((one) => one.from === from);
    if (call === undefined) throw new Error(`${from} does not call`);
    this.#hangUp(call);
  }

  close(): Promise<void> {
    return this.#socket.close();
  }

  #hangUp(call: Calling): void {
    call.wantsToHangUp = true;
    if (call.state === 'up') {
      this.#socket.sendUntil(`BYE ${call.callId}`, this.#request(call, 'BYE', 2, `${call.branch}b`));
      this.#remove(call, undefined);
    } else if (call.state === 'proceeding') {
      // Answered or refused all the same, or 487: what comes says so.
      this.#socket.sendUntil(`CANCEL ${call.callId}`, this.#request(call, 'CANCEL', 1, call.branch));
    }
  }

  #heard(message: SipMessage): void {
    const callId = headerOf(message, 'call-id');
    const call = this.#calls.get(callId);
    if (message.status === undefined) {
      if (message.method === 'ACK') return;
      this.#socket.send(response(message, '200 OK', ''));
      if (message.method === 'BYE' && call !== undefined) this.#remove(call, undefined);
      return;
    }
    this.#socket.stop(`${message.method} ${callId}`);
    if (message.method === 'INVITE') this.#progress(call, message, message.status);
  }

  #progress(call: Calling | undefined, message: SipMessage, status: number): void {
    if (call === undefined) return;
    if (status < 200) {
      if (call.state === 'calling') call.state = 'proceeding';
      if (call.wantsToHangUp) this.#hangUp(call);
      return;
    }
    if (status >= 300) {
      this.#socket.send(this.#request({ ...call, to: headerOf(message, 'to') }, 'ACK', 1, call.branch));
      return this.#remove(call, status);
    }
    call.to = headerOf(message, 'to');
    call.target = /<([^>]+)>/.exec(headerOf(message, 'contact'))?.[1] ?? call.target;
    const isFirst = call.state !== 'up';
    call.state = 'up';
    this.#socket.send(this.#request(call, 'ACK', 1, `${call.branch}a`));
    if (isFirst) this.#answered(call.from, message.body);
    if (isFirst && call.wantsToHangUp) this.#hangUp(call);
  }

  #request(call: Calling, method: string, sequence: number, branch: string, body = ''): string {
    const { from, to, callId, target } = call;
    const { port } = this.#socket;
    const contact = `<sip:${from}@127.0.0.1:${port}>`;
    return request({
      ...{ method, uri: target, port, branch, to, callId, sequence, body },
      from: `<sip:${from}@127.0.0.1:${port}>;tag=c${callId.split('@')[0]}`,
      ...(method === 'INVITE' && { contact }),
    });
  }

  #remove(call: Calling, status: number | undefined): void {
    if (call.state === 'over') return;
    call.state = 'over';
    this.#calls.delete(call.callId);
    this.#over(call.from, status);
  }
}
