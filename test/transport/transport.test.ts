// Runs the shared suite against both transports; the native one is left out, with the reason, where it does not load.

import { describe, expect, it } from 'vitest';
import { chooseTransport, loadNative } from '../../src/transport/choose-transport.ts';
import { createUwsTransport } from '../../src/transport/uws-transport.ts';
import { createWsTransport } from '../../src/transport/ws-transport.ts';
import { transportSuite } from './transport-suite.ts';

const native = loadNative();

transportSuite('ws', createWsTransport);
if ('library' in native) {
  const { library } = native;
  transportSuite('uws', (options, handlers) => createUwsTransport(library, options, handlers));
} else {
  console.warn(`transport uws is skipped: ${native.why}`);
  describe.skip(`transport uws (skipped: ${native.why})`, () => {
    it('runs where the native binary loads', () => {});
  });
}

describe('choosing a transport', () => {
  it('says once which one runs and, for the slow one, how to get the fast one', async () => {
    const said: string[] = [];
    await chooseTransport(undefined, { info: (message) => said.push(message) });
    expect(said).toHaveLength(1);
    if ('library' in native) expect(said[0]).toBe('transport: uWebSockets.js');
    else expect(said[0]).toMatch(/ws on node:http, since uWebSockets\.js has no binary .* run Node 20/);
  });

  it('runs the one that is asked for', async () => {
    const factory = await chooseTransport('ws', { info: () => {} });
    expect(factory).toBe(createWsTransport);
  });

  it('refuses a name that it does not know', async () => {
    await expect(chooseTransport('quic', { info: () => {} })).rejects.toThrow('STROWGER_TRANSPORT is quic');
  });
});
