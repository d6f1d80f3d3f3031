// Chooses the transport: uWebSockets.js where its native binary loads, else ws on node:http. STROWGER_TRANSPORT=uws
// or =ws forces one; what runs, and how to get the fast one, is said once in the log.

import { createRequire } from 'node:module';
import type { TransportFactory } from './transport.ts';
import { createUwsTransport, type NativeLibrary } from './uws-transport.ts';
import { createWsTransport } from './ws-transport.ts';

export interface TransportLog {
  info(message: string): void;
}

/** Rejects only when `forced` names a transport that cannot run here. */
export async function chooseTransport(forced: string | undefined, log: TransportLog): Promise<TransportFactory> {
  if (forced !== undefined && forced !== 'uws' && forced !== 'ws') {
    throw new Error(`STROWGER_TRANSPORT is ${forced}; it may be uws or ws`);
  }
  if (forced === 'ws') {
    log.info('transport: ws on node:http, as asked for');
    return createWsTransport;
  }
  const native = loadNative();
  if ('library' in native) {
    log.info('transport: uWebSockets.js');
    return (options, handlers) => createUwsTransport(native.library, options, handlers);
  }
  if (forced === 'uws') throw new Error(`uWebSockets.js cannot run here: ${native.why}`, { cause: native.cause });
  log.info(
    `transport: ws on node:http, since uWebSockets.js ${native.why}; for the fast one run Node 20 on glibc Linux, macOS or Windows`,
  );
  return createWsTransport;
}

/**
 * The native library, or why it cannot be had. It is required, not imported: under Node 20 an import that fails ends the
 * process a moment later although the failure was caught.
 */
export function loadNative(): { library: NativeLibrary } | { why: string; cause: unknown } {
  try {
    return { library: createRequire(import.meta.url)('uWebSockets.js') as NativeLibrary };
  } catch (cause) {
    return { why: `has no binary for Node ${process.versions.node} on ${process.platform}-${process.arch}`, cause };
  }
}
