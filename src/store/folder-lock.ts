// One process at a time in a tenant's folder, by sockets: the kernel frees them when a process ends, however it ends, so
// there is nothing stale to judge by pid and start time, which a restart or a container can repeat.
//
// 1. An abstract Unix socket named after the folder's device and inode: taking it is one atomic step, and two starters
//    cannot both win. It is seen by processes of the same network namespace.
// 2. A socket file, LOCK.socket, in the folder: it is seen from other containers that mount the folder. Who has won 1
//    asks whether somebody answers there; if nobody does it is a leftover and is replaced. Two containers that start
//    in the same millisecond could both get through; that is the one gap, and it needs an operator to open it.
//
// Where there are no abstract sockets (not Linux) only 2 remains.

import { closeSync, openSync, rmSync, statSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { StoreError } from './store.ts';

const SOCKET = 'LOCK.socket';

export interface FolderLock {
  release(): Promise<void>;
}

/** Rejects with StoreError `in_use`. */
export async function lockFolder(folder: string): Promise<FolderLock> {
  const held: Server[] = [];
  // Stays open as long as the lock, because closing the socket removes its file by that path.
  const descriptor = openSync(folder, 'r');
  const release = async () => {
    for (const server of held.splice(0).reverse()) await new Promise((resolve) => server.close(resolve));
    closeSync(descriptor);
  };
  try {
    if (process.platform === 'linux') {
      const server = await listen(`\0${lockNameOf(folder)}`);
      if (server === undefined) throw inUse(folder);
      held.push(server);
    }
    const path = socketPath(folder, descriptor);
    if (await isAnswered(path)) throw inUse(folder);
    rmSync(path, { force: true });
    const server = await listen(path);
    if (server === undefined) throw inUse(folder);
    held.push(server);
  } catch (error) {
    await release();
    throw error;
  }
  return { release };
}

/** Only looks: whether a process holds the folder. The answer may be old when it comes. */
export async function isFolderHeld(folder: string): Promise<boolean> {
  if (process.platform === 'linux' && (await isAnswered(`\0${lockNameOf(folder)}`))) return true;
  const descriptor = openSync(folder, 'r');
  try {
    return await isAnswered(socketPath(folder, descriptor));
  } finally {
    closeSync(descriptor);
  }
}

/** The name of the abstract socket, without its leading zero. */
export function lockNameOf(folder: string): string {
  const { dev, ino } = statSync(folder, { bigint: true });
  return `strowger-folder-${dev}-${ino}`;
}

/** It may have 107 bytes at most; through an open descriptor of the folder it is always short. */
function socketPath(folder: string, descriptor: number): string {
  return process.platform === 'linux' ? `/proc/self/fd/${descriptor}/${SOCKET}` : join(folder, SOCKET);
}

function inUse(folder: string): StoreError {
  const message = `${folder} is in use by another process. Stop that one first, or give this one another data directory.`;
  return new StoreError('in_use', message);
}

function listen(path: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.unref();
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(undefined);
      else reject(error);
    });
    server.listen({ path }, () => resolve(server));
  });
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ path });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
