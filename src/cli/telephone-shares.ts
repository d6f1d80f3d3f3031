// `--shares busy=5,noAnswer=3`: what telephones of a simulated switch do, in percent.

import type { TelephonePolicy } from '../simulation/switch/drawn-telephones.ts';
import { UsageError } from './command-error.ts';
import { number } from './simulation-run.ts';

/** Of all rings, and of all conversations. */
const ofRings = ['busy', 'rejects', 'noAnswer', 'unreachable'] as const;
const ofConversations = ['agentHangsUp', 'lost'] as const;
export const shareNames = [...ofRings, ...ofConversations, 'notJoined'] as const;
type ShareName = (typeof shareNames)[number];

/** What is left out is 0: whoever says what telephones do says all of it. */
export function sharesOf(text: string): Pick<TelephonePolicy, ShareName> {
  const shares = Object.fromEntries(shareNames.map((name) => [name, 0])) as Record<ShareName, number>;
  for (const part of text.split(',')) {
    const [name = '', percent = ''] = part.split('=');
    if (!shareNames.includes(name as ShareName))
      throw new UsageError(`--shares: ${name || 'nothing'} is none of ${shareNames.join(', ')}`);
    shares[name as ShareName] = number(`shares ${name}`, percent, 0, 100) / 100;
  }
  for (const whole of [ofRings, ofConversations])
    if (whole.reduce((sum, name) => sum + shares[name], 0) > 1)
      throw new UsageError(`--shares: ${whole.join(', ')} together are more than 100 percent`);
  return shares;
}
