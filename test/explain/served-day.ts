// A data directory as a router leaves it: so many contacts, each served by ann.

import type { RouterConfiguration } from '../../src/router-configuration.ts';
import { accept, Floor } from '../journeys/floor.ts';
import { JourneyRouter } from '../journeys/router-harness.ts';

export async function served(dataDir: string, contacts: number, settings: Partial<RouterConfiguration> = {}) {
  const router = await JourneyRouter.start({ ...settings, dataDir });
  const floor = await Floor.of(router);
  await floor.queue('sales', { wrapUpMs: 0 });
  const ann = await floor.agent('ann', { queues: ['sales'] });
  for (let made = 1; made <= contacts; made++) {
    await floor.call(`c${made}`, 'sales');
    await accept(ann);
    await floor.hangUp(`c${made}`);
  }
  await router.stop();
}
