// A data directory as a router leaves it: so many contacts, each served by ann.

import { accept, Floor } from '../journeys/floor.ts';
import { JourneyRouter } from '../journeys/router-harness.ts';

export async function served(dataDir: string, contacts: number, prefix = 'c') {
  const router = await JourneyRouter.start({ dataDir });
  const floor = await Floor.of(router);
  await floor.queue('sales', { wrapUpMs: 0 });
  const ann = await floor.agent('ann', { queues: ['sales'] });
  for (let made = 1; made <= contacts; made++) {
    await floor.call(`${prefix}${made}`, 'sales');
    await accept(ann);
    await floor.hangUp(`${prefix}${made}`);
  }
  await router.stop();
}
