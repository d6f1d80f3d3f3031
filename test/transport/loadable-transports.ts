// The transports that load on this Node; what would run over the native one is left out, with the reason, where it does not.

import { loadNative } from '../../src/transport/choose-transport.ts';

const native = loadNative();
if ('why' in native) console.warn(`tests over uws are left out: ${native.why}`);

export const transports: readonly ('uws' | 'ws')[] = 'library' in native ? ['uws', 'ws'] : ['ws'];
