// Where Asterisk knocks: a WebSocket server for its outbound connections of ARI. It lets in whoever names the path, the
// protocol `ari` and the credentials of the settings; what it turns away it says, with what to mend, and not every half second.

import { createHash, timingSafeEqual } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Clock } from '../../../engine/clock.ts';
import { ariFrameBytesMax, ariTurnedAwayEveryMs } from '../../../limits.ts';
import { AriConnection } from './ari-connection.ts';

export interface AriDoorOptions {
  readonly host: string;
  readonly port: number;
  readonly path: string;
  readonly user: string;
  readonly password: string;
  readonly clock: Clock;
  connected(connection: AriConnection): void;
  turnedAway(why: string): void;
}

export class AriDoor {
  readonly #options: AriDoorOptions;
  readonly #server: http.Server;
  readonly #sockets: WebSocketServer;
  #saidAt = Number.NEGATIVE_INFINITY;
  #said = '';

  /** Resolves when it listens; rejects with what the system says. */
  static async open(options: AriDoorOptions): Promise<AriDoor> {
    const door = new AriDoor(options);
    await new Promise<void>((resolve, reject) => {
      door.#server.once('error', reject);
      door.#server.listen(options.port, options.host, () => {
        door.#server.removeListener('error', reject);
        resolve();
      });
    });
    return door;
  }

  private constructor(options: AriDoorOptions) {
    this.#options = options;
    this.#sockets = new WebSocketServer({
      noServer: true,
      perMessageDeflate: false,
      maxPayload: ariFrameBytesMax,
      handleProtocols: () => 'ari',
    });
    this.#server = http.createServer((_, response) => {
      response.writeHead(426, { 'content-type': 'text/plain', upgrade: 'websocket' });
      response.end('This is where Asterisk connects by WebSocket (websocket_client.conf).\n');
    });
    this.#server.on('upgrade', (request, stream, head) => this.#knocks(request, stream, head));
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /**
   * Nobody is let in any more, then those inside go. In this order: Asterisk is back within milliseconds, and must not find the
   * door of a process that is going.
   */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#sockets.clients) socket.terminate();
    this.#server.closeAllConnections();
    await closed;
  }

  #knocks(request: http.IncomingMessage, stream: Duplex, head: Buffer): void {
    const fault = this.#faultOf(request);
    if (fault !== undefined) {
      const [status, why] = fault;
      stream.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
      return this.#say(why);
    }
    this.#said = '';
    this.#sockets.handleUpgrade(request, stream, head, (socket: WebSocket) => {
      this.#options.connected(new AriConnection(socket, this.#options.clock));
    });
  }

  #faultOf({ url, headers }: http.IncomingMessage): [status: string, why: string] | undefined {
    const { path, user, password } = this.#options;
    if (url !== path)
      return [
        '404 Not Found',
        `Asterisk asked for the path ${url}; the settings say ${path} (uri in websocket_client.conf)`,
      ];
    if (!same(headers.authorization ?? '', `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`))
      return [
        '401 Unauthorized',
        headers.authorization === undefined
          ? 'Asterisk gave no username and password (websocket_client.conf)'
          : `Asterisk gave another username or password than the settings: here it is ${user} (username, password in websocket_client.conf)`,
      ];
    const protocols = (headers['sec-websocket-protocol'] ?? '').split(',').map((one) => one.trim());
    if (!protocols.includes('ari'))
      return ['400 Bad Request', 'Asterisk did not ask for the protocol ari (protocols in websocket_client.conf)'];
    return undefined;
  }

  #say(why: string): void {
    const now = this.#options.clock.now();
    if (why === this.#said && now < this.#saidAt + ariTurnedAwayEveryMs) return;
    this.#said = why;
    this.#saidAt = now;
    this.#options.turnedAway(why);
  }
}

/** In a time that does not tell how much of it is right. */
function same(given: string, wanted: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(wanted));
}
