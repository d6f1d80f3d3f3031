// What a snapshot holds of a core's memory: the header page, then the arena up to HEADER_ARENA_TOP. The buffers in
// between are never part of it. Here the image is taken apart into pieces and put back, whatever it is kept in.

import * as layout from '../../assembly/layout.ts';

const PIECE_BYTES = 1 << 18;

function imageBytesOf(memory: WebAssembly.Memory): number {
  const top = new DataView(memory.buffer).getUint32(layout.HEADER_ARENA_TOP, true);
  return layout.HEADER_BYTES + Math.max(0, top - layout.ARENA_AT);
}

/** Where byte `at` of the image lies in the memory. */
function placeOf(at: number): number {
  return at < layout.HEADER_BYTES ? at : layout.ARENA_AT + at - layout.HEADER_BYTES;
}

/** Copies, piece by piece: hashes and files do not take shared memory. The memory must not be stepped meanwhile. */
export function* imagePiecesOf(memory: WebAssembly.Memory): Generator<Uint8Array> {
  const total = imageBytesOf(memory);
  let at = 0;
  while (at < total) {
    const end = at < layout.HEADER_BYTES ? layout.HEADER_BYTES : Math.min(total, at + PIECE_BYTES);
    yield new Uint8Array(memory.buffer, placeOf(at), end - at).slice();
    at = end;
  }
}

/** Grows the memory as needed; the function it gives takes the image's pieces, in order and of any length. */
export function imageInto(memory: WebAssembly.Memory, imageBytes: number): (piece: Uint8Array) => void {
  if (imageBytes < layout.HEADER_BYTES) throw new RangeError(`an image of ${imageBytes} bytes`);
  const pages = Math.ceil(placeOf(imageBytes) / layout.PAGE_BYTES);
  const have = memory.buffer.byteLength / layout.PAGE_BYTES;
  if (pages > have) memory.grow(pages - have);
  const target = new Uint8Array(memory.buffer);
  let at = 0;
  return (piece) => {
    const inHeader = Math.max(0, Math.min(piece.length, layout.HEADER_BYTES - at));
    target.set(piece.subarray(0, inHeader), at);
    if (inHeader < piece.length) target.set(piece.subarray(inHeader), placeOf(at + inHeader));
    at += piece.length;
  };
}

/** Makes a memory that nothing but format() has been called on equal to another. */
export function copyImage(from: WebAssembly.Memory, to: WebAssembly.Memory): void {
  const put = imageInto(to, imageBytesOf(from));
  for (const piece of imagePiecesOf(from)) put(piece);
}
