// SIP over UDP (RFC 3261) as far as a benchmark's telephones and callers need it: messages read and written, and repeated until they are
// answered, since UDP may lose them. No media: what the descriptions name is a port at which nobody listens.

import { createSocket, type Socket } from 'node:dgram';

const repeatMs = 500;
const repeatsMax = 20;

export interface SipMessage {
  /** `INVITE`, or of a response the method that it answers. */
  readonly method: string;
  /** Undefined of a request. */
  readonly status: number | undefined;
  /** By their names in lower case; of several with one name, as Via, all lines. */
  readonly headers: ReadonlyMap<string, readonly string[]>;
  /** Whom a request is for: the user of its address. */
  readonly user: string;
  readonly body: string;
}

export function headerOf({ headers }: SipMessage, name: string): string {
  return headers.get(name)?.[0] ?? '';
}

/** The user of the address in a From or To. */
export function userOf(header: string): string {
  return /sips?:([^@;>]+)@/.exec(header)?.[1] ?? '';
}

/** Undefined where it is none. */
export function read(text: string): SipMessage | undefined {
  const [head = '', body = ''] = text.split('\r\n\r\n');
  const [start = '', ...lines] = head.split('\r\n');
  const headers = new Map<string, string[]>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (colon < 1) return undefined;
    const name = line.slice(0, colon).trim().toLowerCase();
    const value = line.slice(colon + 1).trim();
    const before = headers.get(name);
    if (before === undefined) headers.set(name, [value]);
    else before.push(value);
  }
  const status = /^SIP\/2\.0 (\d{3})/.exec(start)?.[1];
  const method = status === undefined ? start.split(' ', 1)[0]! : (headers.get('cseq')?.[0]?.split(' ')[1] ?? '');
  return { method, status: status === undefined ? undefined : Number(status), headers, user: userOf(start), body };
}

export function response(to: SipMessage, status: string, tag: string, contact?: string, body = ''): string {
  const copied = ['via', 'from', 'to', 'call-id', 'cseq'].flatMap((name) =>
    (to.headers.get(name) ?? []).map((value) => {
      const isTagged = name !== 'to' || tag === '' || value.includes(';tag=');
      return `${name}: ${value}${isTagged ? '' : `;tag=${tag}`}`;
    }),
  );
  return written(`SIP/2.0 ${status}`, [...copied, ...(contact === undefined ? [] : [`Contact: ${contact}`])], body);
}

export interface RequestParts {
  readonly method: string;
  readonly uri: string;
  readonly port: number;
  readonly branch: string;
  readonly from: string;
  readonly to: string;
  readonly callId: string;
  readonly sequence: number;
  readonly contact?: string;
  readonly body?: string;
}

export function request(parts: RequestParts): string {
  const { method, uri, port, branch, from, to, callId, sequence, contact, body = '' } = parts;
  const headers = [
    `Via: SIP/2.0/UDP 127.0.0.1:${port};branch=z9hG4bK${branch}`,
    `From: ${from}`,
    `To: ${to}`,
    `Call-ID: ${callId}`,
    `CSeq: ${sequence} ${method}`,
    'Max-Forwards: 70',
    ...(contact === undefined ? [] : [`Contact: ${contact}`]),
  ];
  return written(`${method} ${uri} SIP/2.0`, headers, body);
}

/** Of whoever was called with that INVITE and answered it with that tag. */
export function byeBehind(invite: SipMessage, tag: string, port: number, branch: string): string {
  return request({
    ...{ method: 'BYE', port, branch, sequence: 1 },
    uri: /<([^>]+)>/.exec(headerOf(invite, 'contact'))?.[1] ?? '',
    from: `${headerOf(invite, 'to')};tag=${tag}`,
    to: headerOf(invite, 'from'),
    callId: headerOf(invite, 'call-id'),
  });
}

function written(start: string, headers: readonly string[], body: string): string {
  const type = body === '' ? [] : ['Content-Type: application/sdp'];
  return [start, ...headers, ...type, `Content-Length: ${body.length}`, '', body].join('\r\n');
}

export function description(mediaPort: number): string {
  const lines = ['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0'];
  return [...lines, `m=audio ${mediaPort} RTP/AVP 0`, 'a=rtpmap:0 PCMU/8000', ''].join('\r\n');
}

/** One socket, through which many telephones or callers speak with one Asterisk. */
export class SipSocket {
  readonly port: number;
  readonly #socket: Socket;
  readonly #asteriskPort: number;
  readonly #repeated = new Map<string, NodeJS.Timeout>();

  private constructor(socket: Socket, asteriskPort: number) {
    this.#socket = socket;
    this.#asteriskPort = asteriskPort;
    this.port = socket.address().port;
  }

  static open(port: number, asteriskPort: number): Promise<SipSocket> {
    const socket = createSocket({ type: 'udp4', recvBufferSize: 1_048_576 });
    return new Promise((resolve, reject) => {
      socket.once('error', reject);
      socket.bind(port, '127.0.0.1', () => resolve(new SipSocket(socket, asteriskPort)));
    });
  }

  listen(heard: (message: SipMessage) => void): void {
    this.#socket.on('message', (bytes) => {
      const message = read(bytes.toString('utf8'));
      if (message !== undefined) heard(message);
    });
  }

  send(text: string): void {
    this.#socket.send(text, this.#asteriskPort, '127.0.0.1');
  }

  /** Again and again until stop() of the same name. */
  sendUntil(name: string, text: string): void {
    this.stop(name);
    this.send(text);
    let left = repeatsMax;
    const again = setInterval(() => {
      left -= 1;
      if (left === 0) throw new Error(`Asterisk has not answered: ${text.split('\r\n', 1)[0]}`);
      this.send(text);
    }, repeatMs);
    this.#repeated.set(name, again);
  }

  stop(name: string): void {
    clearInterval(this.#repeated.get(name));
    this.#repeated.delete(name);
  }

  close(): Promise<void> {
    for (const name of [...this.#repeated.keys()]) this.stop(name);
    return new Promise((resolve) => this.#socket.close(() => resolve()));
  }
}
