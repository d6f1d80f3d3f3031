// Which process holds a socket, as Linux tells it in /proc: for a message that names who is in the way. Sockets of other
// users are seen, but not whose they are unless this process may look; elsewhere than on Linux nothing is known.

import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

export interface SocketOwner {
  readonly pid: number;
  readonly command: string;
}

const commandCharactersMax = 120;

/** Who listens on the TCP port, on any address. */
export function ownerOfPort(port: number): SocketOwner | undefined {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    for (const [, local, , state, , , , , , inode] of rowsOf(table)) {
      // 0A: it listens.
      if (local?.endsWith(wanted) && state === '0A') return ownerOf(inode);
    }
  }
  return undefined;
}

/** Who listens at an abstract Unix socket of that name (without its leading zero). */
export function ownerOfAbstractSocket(name: string): SocketOwner | undefined {
  for (const [, , , flags, , , inode, path] of rowsOf('/proc/net/unix')) {
    // Zeros are shown as `@`: one before the name, and behind it as many as were given along.
    const isNamed = path?.replace(/@+$/, '') === `@${name}`;
    // 10000: it listens. Its connections have the same name.
    if (isNamed && flags === '00010000') return ownerOf(inode);
  }
  return undefined;
}

/** As a person would point at it. */
export function ownerText(owner: SocketOwner | undefined): string {
  return owner === undefined ? 'another process' : `process ${owner.pid} (${owner.command})`;
}

function rowsOf(table: string): string[][] {
  return (readText(table) ?? '')
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/));
}

function ownerOf(inode: string | undefined): SocketOwner | undefined {
  const wanted = `socket:[${inode}]`;
  for (const pid of namesIn('/proc').filter((name) => /^\d+$/.test(name))) {
    const folder = `/proc/${pid}/fd`;
    if (namesIn(folder).some((descriptor) => linkOf(`${folder}/${descriptor}`) === wanted)) {
      const command = (readText(`/proc/${pid}/cmdline`) ?? '').split('\0').join(' ').trim();
      return { pid: Number(pid), command: command.slice(0, commandCharactersMax) };
    }
  }
  return undefined;
}

// Processes come and go while they are looked at, and some may not be looked at.

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
