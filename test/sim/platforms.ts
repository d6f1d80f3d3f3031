// The platforms of a simulated world, where the router asks them over HTTP: most say something of the caller whom they are asked about, some
// take their time, say nothing, fail, or say what is about somebody else.

import type { Clock } from '../../src/engine/clock.ts';
import type { AskPlatform } from '../../src/platforms/asking.ts';
import type { SimRandom } from './random.ts';

export function platformsOf(clock: Pick<Clock, 'now' | 'wakeAt'>, random: SimRandom): AskPlatform {
  return ({ body, timeoutMs }) =>
    new Promise((resolve, reject) => {
      const { serial } = JSON.parse(body) as { readonly serial: string };
      const after = random.pick([0, 5, 50, 500, 3_000, timeoutMs]);
      const say = (of: string) => resolve({ status: 200, body: JSON.stringify({ serial: of, data: { asked: of } }) });
      const deed = random.pick(['says', 'says', 'says', 'lies', 'nonsense', 'fails', 'breaks', 'hangs']);
      clock.wakeAt(clock.now() + Math.min(after, timeoutMs), () => {
        if (deed === 'says' && after < timeoutMs) say(serial);
        else if (deed === 'lies') say(serial === '000' ? '001' : '000');
        else if (deed === 'nonsense') resolve({ status: 200, body: '<html>' });
        else if (deed === 'fails') resolve({ status: random.pick([302, 404, 500]), body: '' });
        else if (deed !== 'hangs') reject(new Error('the connection was lost'));
      });
    });
}
