// Which telephone of Asterisk is meant: `leg.ring` names an agent, its line and perhaps a number, and Asterisk dials an endpoint
// such as PJSIP/ann or PJSIP/+12025550100@carrier.

import type { AsteriskSettings } from './settings.ts';

export interface LegTarget {
  readonly agentId?: string;
  readonly lineId?: string;
  readonly number?: string;
}

/** Undefined: the settings have no way to reach it. */
export function endpointOf(to: LegTarget, { telephones }: Pick<AsteriskSettings, 'telephones'>): string | undefined {
  const { agentId, lineId, number } = to;
  if (number !== undefined) {
    const way = telephones.numbers?.find(({ begins }) => number.startsWith(begins));
    return way && filled(way.endpoint, { number, rest: number.slice(way.begins.length), agentId, lineId });
  }
  return agentId === undefined || telephones.agent === undefined
    ? undefined
    : filled(telephones.agent, { agentId, lineId });
}

/** Undefined where what is to be filled in is not there, or could be more than a name or a number to Asterisk. */
function filled(template: string, values: Readonly<Record<string, string | undefined>>): string | undefined {
  let isWhole = true;
  const text = template.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined || !/^[A-Za-z0-9+*#._-]+$/.test(value)) isWhole = false;
    return value ?? '';
  });
  return isWhole ? text : undefined;
}

/** A number as the tenant writes it, by the first rule that fits. */
export function writtenAs(number: string, { calls }: Pick<AsteriskSettings, 'calls'>): string {
  const rule = calls.numbers?.find(
    ({ begins, length }) => number.startsWith(begins) && (length ?? number.length) === number.length,
  );
  return rule === undefined ? number : `${rule.becomes}${number.slice(rule.begins.length)}`;
}
