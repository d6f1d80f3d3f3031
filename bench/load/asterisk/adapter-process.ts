// The adapter for Asterisk in a process of its own, as `strowger asterisk` has it, that says when the router has asked for a telephone.
// Started by served-adapter.ts.

import { Adapter } from '../../../src/adapters/asterisk/adapter.ts';
import { settingsOf } from '../../../src/adapters/asterisk/settings.ts';
import { SystemClock, systemRandomness } from '../../../src/engine/clock.ts';
import { createLog } from '../../../src/log.ts';
import type { AdapterOrder, AdapterSays } from './served-adapter.ts';

const { router, token, switchId, credentials } = JSON.parse(process.argv[2]!) as AdapterOrder;
const callers = new Map<string, string>();
const say = (what: AdapterSays) => process.send!(what);

const adapter = await Adapter.start({
  ...{ router, token, switchId, host: '127.0.0.1', port: 0 },
  settings: settingsOf({ asterisk: credentials, telephones: { agent: 'PJSIP/{agentId}' } }, 'the benchmark'),
  clock: new SystemClock(),
  randomness: systemRandomness,
  log: createLog('warn'),
  onRefused: (error) => {
    throw error;
  },
  listener: (event) => {
    const at = Number(process.hrtime.bigint()) / 1e6;
    if (event.what === 'returned') say({ what: 'routed' });
    if (event.what === 'brought') callers.set(event.leg.contactId, event.leg.wishes?.from ?? '');
    // Also of a customer who has just hung up.
    if (event.what === 'rung') say({ what: 'rung', from: callers.get(event.leg.contactId) ?? '', at });
  },
});

process.on('message', () => void adapter.close().then(() => process.exit(0)));
process.on('disconnect', () => process.exit(1));
say({ what: 'listening', port: adapter.port });
