import { loadNative } from '../../src/transport/choose-transport.ts';

/** Whether uWebSockets.js has a binary for this Node. */
export async function hasNative(): Promise<boolean> {
  return 'library' in (await loadNative());
}
