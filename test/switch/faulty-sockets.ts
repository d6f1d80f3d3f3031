// Sockets that change what passes: a router with a fault, made of one without.

import { WebSocket } from 'ws';
import type { ClientSocket, SocketFactory } from '../../src/client/socket.ts';

export interface Message {
  id?: string | number;
  method?: string;
  params?: Record<string, unknown>;
  result?: Record<string, unknown>;
  error?: { code: number; data?: { refusal?: string } };
}

/** What the router says, with the method that it answers where it is an answer; undefined: it is never said. */
export type Change = (message: Message, answers: string | undefined) => Message | undefined;

export function faultySockets(change: Change): SocketFactory {
  return (url) => {
    const socket = new WebSocket(url, { perMessageDeflate: false });
    const asked = new Map<string | number, string>();
    const faulty: ClientSocket = {
      onopen: null,
      onmessage: null,
      onclose: null,
      onerror: null,
      send: (text) => {
        const { id, method } = JSON.parse(text) as Message;
        if (id !== undefined && method !== undefined) asked.set(id, method);
        socket.send(text);
      },
      close: (code, reason) => socket.close(code, reason),
    };
    socket.on('open', () => faulty.onopen?.());
    socket.on('message', (data) => {
      const frame = JSON.parse(String(data)) as Message | Message[];
      for (const message of Array.isArray(frame) ? frame : [frame]) {
        const answers = message.method === undefined && message.id !== undefined ? asked.get(message.id) : undefined;
        const changed = change(message, answers);
        if (changed !== undefined) faulty.onmessage?.({ data: JSON.stringify(changed) });
      }
    });
    socket.on('close', (code, reason) => faulty.onclose?.({ code, reason: reason.toString() }));
    socket.on('error', (error) => faulty.onerror?.(error));
    return faulty;
  };
}
