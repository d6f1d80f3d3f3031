// Bytes of frames as texts.

/** Faster than a Buffer made for each frame. A mark of byte order at the beginning belongs to the text. */
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

export function textOf(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}
