// Somebody who signs tokens: key pairs with ids, the set of public keys as it is published, and an address that hands
// it out, breaks, and counts who asks.

import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type JWTPayload, SignJWT } from 'jose';

export interface SigningKey {
  readonly kid: string | undefined;
  readonly alg: 'RS256' | 'EdDSA';
  readonly privateKey: KeyObject;
  readonly publicJwk: Record<string, unknown>;
}

export function signingKey(alg: SigningKey['alg'], kid?: string): SigningKey {
  const { privateKey } =
    alg === 'RS256' ? generateKeyPairSync('rsa', { modulusLength: 2048 }) : generateKeyPairSync('ed25519');
  const publicJwk = { ...createPublicKey(privateKey).export({ format: 'jwk' }), ...(kid !== undefined && { kid }) };
  return { kid, alg, privateKey, publicJwk };
}

export function published(...keys: readonly SigningKey[]): string {
  return JSON.stringify({ keys: keys.map(({ publicJwk }) => publicJwk) });
}

export function signedBy({ alg, kid, privateKey }: SigningKey, payload: JWTPayload): Promise<string> {
  return new SignJWT(payload).setProtectedHeader({ alg, ...(kid !== undefined && { kid }) }).sign(privateKey);
}

export class KeyAddress {
  readonly #server: Server;
  asked = 0;
  status = 200;
  location: string | undefined;
  /** Takes requests and says nothing. */
  isSilent = false;
  body: string;

  private constructor(body: string) {
    this.body = body;
    this.#server = createServer((_, response) => {
      this.asked += 1;
      if (this.isSilent) return;
      response.writeHead(this.status, { connection: 'close', ...(this.location && { location: this.location }) });
      response.end(this.body);
    });
  }

  static async open(body: string): Promise<KeyAddress> {
    const address = new KeyAddress(body);
    await new Promise<void>((resolve) => address.#server.listen(0, '127.0.0.1', resolve));
    return address;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/keys.json`;
  }

  close(): Promise<void> {
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }
}
