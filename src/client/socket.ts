// What the client needs of a WebSocket, and the one it uses on Node: the ws library. A page gives the browser's own
// (its WebSocket has this shape but for the headers).

export interface ClientSocket {
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number; reason: string }) => void) | null;
  onerror: ((event: unknown) => void) | null;
  send(text: string): void;
  close(code?: number, reason?: string): void;
}

export type SocketFactory = (url: string) => ClientSocket;

export async function nodeSockets(): Promise<SocketFactory> {
  const { WebSocket } = await import('ws');
  return (url) => new WebSocket(url, { perMessageDeflate: false }) as unknown as ClientSocket;
}
