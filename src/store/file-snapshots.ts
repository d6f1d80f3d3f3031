// Snapshots of a core's memory as files: `<number, 16 digits>.snapshot`, each whole or absent.
//
//      0   8  magic, "STRWSNAP"
//      8   4  format version
//     12   4  crc32 over the bytes 16..4096
//     16   8  number, u64          24   8  at, i64             32   8  digest of the effects, i64
//     40   4  bytes of the hash    44  32  the core's hash
//     80   8  bytes of the content, u64
//     88  32  sha256 of the content: the digest of the memory
//   4096      the content: the image of the memory (memory-image.ts)
//
// A snapshot only makes recovery shorter, so a damaged one is passed over and
// not an error. Content goes through the event loop in pieces. load() checks all of it before it touches the memory.

import { createHash, type Hash } from 'node:crypto';
import { closeSync, mkdirSync, openSync, readdirSync, readSync, rmSync } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import * as layout from '../../assembly/layout.ts';
import { flushFolder } from './durable-file.ts';
import { imageInto, imagePiecesOf } from './memory-image.ts';
import type { SnapshotMeta, Snapshots } from './store.ts';

const MAGIC = 'STRWSNAP';
const VERSION = 1;
const CONTENT_AT = 4096;
const PIECE_BYTES = 1 << 18;
const NAME = /^(\d{16})\.snapshot$/;

interface Header extends SnapshotMeta {
  readonly contentBytes: number;
  readonly sha256: Buffer;
}

export class FileSnapshots implements Snapshots {
  #folder: string;

  /** `beside`: the folder is another process's; nothing in it is changed. */
  constructor(folder: string, { beside = false } = {}) {
    this.#folder = folder;
    if (beside) return;
    mkdirSync(folder, { recursive: true });
    for (const name of readdirSync(folder)) if (name.endsWith('.tmp')) rmSync(join(folder, name));
  }

  #path(number: number): string {
    return join(this.#folder, `${String(number).padStart(16, '0')}.snapshot`);
  }

  async write(meta: SnapshotMeta, memory: WebAssembly.Memory): Promise<void> {
    const path = this.#path(meta.number);
    const temporary = `${path}.tmp`;
    try {
      const file = await open(temporary, 'w');
      try {
        const hash = createHash('sha256');
        let at = CONTENT_AT;
        for (const piece of imagePiecesOf(memory)) {
          hash.update(piece);
          await writeAll(file, piece, at);
          at += piece.length;
        }
        await writeAll(file, encodeHeader(meta, at - CONTENT_AT, hash), 0);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(temporary, path);
    } finally {
      rmSync(temporary, { force: true });
    }
    await flushFolder(this.#folder);
  }

  list(): SnapshotMeta[] {
    const numbers = readdirSync(this.#folder).flatMap((name) => NAME.exec(name)?.slice(1, 2).map(Number) ?? []);
    const metas = numbers.sort((a, b) => b - a).map((number) => this.#header(number));
    return metas
      .filter((header) => header !== undefined)
      .map(({ number, at, coreHash, digest }) => ({ number, at, coreHash, digest }));
  }

  #header(number: number): Header | undefined {
    const file = openSync(this.#path(number), 'r');
    try {
      const bytes = Buffer.alloc(CONTENT_AT);
      const read = readSync(file, bytes, 0, CONTENT_AT, 0);
      const header = read === CONTENT_AT ? decodeHeader(bytes) : undefined;
      return header?.number === number ? header : undefined;
    } finally {
      closeSync(file);
    }
  }

  async load(meta: SnapshotMeta, memory: WebAssembly.Memory): Promise<boolean> {
    let file: FileHandle;
    try {
      file = await open(this.#path(meta.number), 'r');
    } catch {
      return false;
    }
    try {
      const header = this.#header(meta.number);
      if (header === undefined || header.coreHash !== meta.coreHash) return false;
      if (header.contentBytes < layout.HEADER_BYTES || !(await isWhole(file, header))) return false;
      await fill(memory, file, header.contentBytes);
      return true;
    } finally {
      await file.close();
    }
  }

  async drop(number: number): Promise<void> {
    for (const name of readdirSync(this.#folder)) {
      const [, digits] = NAME.exec(name) ?? [];
      if (digits !== undefined && Number(digits) < number) await rm(join(this.#folder, name), { force: true });
    }
    await flushFolder(this.#folder);
  }

  async remove(number: number): Promise<void> {
    await rm(this.#path(number), { force: true });
    await flushFolder(this.#folder);
  }
}

async function isWhole(file: FileHandle, header: Header): Promise<boolean> {
  const hash = createHash('sha256');
  for await (const piece of piecesIn(file, header.contentBytes)) hash.update(piece);
  return (await file.stat()).size === CONTENT_AT + header.contentBytes && hash.digest().equals(header.sha256);
}

async function fill(memory: WebAssembly.Memory, file: FileHandle, contentBytes: number): Promise<void> {
  const put = imageInto(memory, contentBytes);
  for await (const piece of piecesIn(file, contentBytes)) put(piece);
}

async function* piecesIn(file: FileHandle, contentBytes: number): AsyncGenerator<Buffer> {
  const piece = Buffer.allocUnsafe(PIECE_BYTES);
  for (let at = 0; at < contentBytes; ) {
    const { bytesRead } = await file.read(piece, 0, Math.min(PIECE_BYTES, contentBytes - at), CONTENT_AT + at);
    if (bytesRead === 0) return;
    yield piece.subarray(0, bytesRead);
    at += bytesRead;
  }
}

async function writeAll(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    at += (await file.write(bytes, at, bytes.length - at, position + at)).bytesWritten;
  }
}

function encodeHeader(meta: SnapshotMeta, contentBytes: number, hash: Hash): Buffer {
  const bytes = Buffer.alloc(CONTENT_AT);
  const coreHash = Buffer.from(meta.coreHash, 'hex');
  if (coreHash.length === 0 || coreHash.length > 32) throw new RangeError(`no core hash in hex: ${meta.coreHash}`);
  bytes.write(MAGIC, 0, 'latin1');
  bytes.writeUInt32LE(VERSION, 8);
  bytes.writeBigUInt64LE(BigInt(meta.number), 16);
  bytes.writeBigInt64LE(BigInt(meta.at), 24);
  bytes.writeBigInt64LE(meta.digest, 32);
  bytes.writeUInt32LE(coreHash.length, 40);
  bytes.set(coreHash, 44);
  bytes.writeBigUInt64LE(BigInt(contentBytes), 80);
  bytes.set(hash.digest(), 88);
  bytes.writeUInt32LE(crc32(bytes.subarray(16)), 12);
  return bytes;
}

function decodeHeader(bytes: Buffer): Header | undefined {
  if (bytes.toString('latin1', 0, 8) !== MAGIC || bytes.readUInt32LE(8) !== VERSION) return undefined;
  if (crc32(bytes.subarray(16)) !== bytes.readUInt32LE(12)) return undefined;
  return {
    number: Number(bytes.readBigUInt64LE(16)),
    at: Number(bytes.readBigInt64LE(24)),
    digest: bytes.readBigInt64LE(32),
    coreHash: bytes.toString('hex', 44, 44 + bytes.readUInt32LE(40)),
    contentBytes: Number(bytes.readBigUInt64LE(80)),
    sha256: Buffer.from(bytes.subarray(88, 120)),
  };
}
