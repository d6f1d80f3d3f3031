// What an incoming call says of itself: which number was called, who calls, and, where somebody has diverted it, by whom and from
// which number (docs/platforms.md). Dialplans that say more give the number called as the first argument of Stasis().

import type { AriChannel } from './ari/frames.ts';
import type { Wishes } from './leg.ts';
import type { Media } from './media.ts';
import type { AsteriskSettings } from './settings.ts';
import { writtenAs } from './telephones.ts';

/** As many as contact.create takes of one header. */
const headersMax = 16;

/** Throws when the caller has hung up. */
export async function wishesOf(
  media: Media,
  channel: AriChannel,
  args: readonly string[],
  settings: AsteriskSettings,
): Promise<Wishes> {
  const [diversion, historyInfo] = await Promise.all([
    headersOf(media, channel.id, 'Diversion'),
    headersOf(media, channel.id, 'History-Info'),
  ]);
  const { calls } = settings;
  const called = args[0] ?? channel.dialplan.exten;
  const to = writtenAs(called, settings);
  const { number } = channel.caller;
  const from = writtenAs(number, settings);
  const isDiverted = diversion.length > 0 || historyInfo.length > 0;
  return {
    channel: calls.channel,
    ...(calls.queueId === undefined ? { entry: to } : { queueId: calls.queueId }),
    to,
    // Who keeps the number back calls from nowhere.
    ...(from !== '' && { from }),
    ...(calls.knownByNumber && isE164(from) && { identity: { scheme: 'tel', value: from } }),
    ...(isDiverted && {
      sip: {
        ...(diversion.length > 0 && { diversion }),
        ...(historyInfo.length > 0 && { historyInfo }),
      },
    }),
  };
}

function isE164(number: string): boolean {
  return /^\+[1-9]\d{5,14}$/.test(number);
}

async function headersOf(media: Media, channelId: string, name: string): Promise<string[]> {
  const headers: string[] = [];
  while (headers.length < headersMax) {
    const header = await media.variable(channelId, `PJSIP_HEADER(read,${name},${headers.length + 1})`);
    if (header === undefined) break;
    headers.push(header);
  }
  return headers;
}

/** What the dialplan has given to Stasis(), where the event that said so was heard by somebody else. */
export function argumentsOf({ dialplan }: AriChannel): readonly string[] {
  return dialplan.app_data.split(',').slice(1);
}
