// The process that serves during a benchmark: the router, or the bare responder. Started by served.ts with a
// configuration as its argument; told over the process channel when to say how it is doing and when to end.

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { createLog } from '../../src/log.ts';
import { type Router, startRouter } from '../../src/main.ts';
import { routerDefaults } from '../../src/router-configuration.ts';
import { startBareResponder } from './bare-responder.ts';
import { type Sample, type ServerOrder, secret, tenant } from './served.ts';

const order = JSON.parse(process.argv[2]!) as ServerOrder;
let router: Router | undefined;

function sample(): Sample {
  const { user, system } = process.cpuUsage();
  const { active, idle } = performance.eventLoopUtilization();
  const common = {
    at: performance.now(),
    cpuMs: (user + system) / 1000,
    mainCpuMs: mainCpuMs(),
    loopActiveMs: active,
    loopIdleMs: idle,
  };
  const served = router?.tenants.get(tenant);
  if (order.kind !== 'router' || served === undefined) return { ...common, rssBytes: process.memoryUsage.rss() };
  const { last, lag, inbox } = served.partition.numbers;
  return {
    ...common,
    rssBytes: process.memoryUsage.rss(),
    router: {
      ticks: last,
      lagWrites: lag,
      inbox,
      shadowLag: served.shadow.lag,
      journalBytes: served.store.journal.bytes(),
      tablesBytes: served.store.tables.bytes(),
      diskBytes: bytesUnder(order.dataDir),
      alarms: [...served.partition.alarms.raised.keys()],
    },
  };
}

/** Of the thread that runs JavaScript, in steps of 10 ms; 0 where the system does not say. */
function mainCpuMs(): number {
  if (process.platform !== 'linux') return 0;
  const fields = readFileSync(`/proc/self/task/${process.pid}/stat`, 'latin1').split(') ')[1]!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** What the files take on the disk, whoever wrote them. */
function bytesUnder(folder: string): number {
  let bytes = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) bytes += bytesUnder(path);
    else bytes += (statSync(path, { throwIfNoEntry: false })?.blocks ?? 0) * 512;
  }
  return bytes;
}

async function start(): Promise<string> {
  if (order.kind === 'bare') return startBareResponder(order.events, order.transport);
  const { dataDir, settings } = order;
  const onFatal = (error: unknown) => {
    console.error(error);
    process.exit(70);
  };
  const configuration = { ...routerDefaults, ...settings, dataDir, port: 0, tenants: [tenant], secret };
  router = await startRouter(configuration, { log: createLog('warn'), onFatal });
  const wanted = settings.transport ?? 'uws';
  if (router.transport !== wanted)
    throw new Error(`this benchmark needs ${wanted}, the router took ${router.transport}`);
  return router.url;
}

process.on('message', (message) => {
  if (message === 'sample') process.send!({ sample: sample() });
  else if (message === 'stop') void (router?.stop() ?? Promise.resolve()).then(() => process.exit(0));
});
process.on('disconnect', () => process.exit(1));
process.send!({ url: await start() });
