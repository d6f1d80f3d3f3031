// Statistics by interval as a table for people, page by page from whoever can be asked: a running router, or the one inside of a
// replay.

import type { Params, Result } from '../protocol/methods.ts';
import type { Zone } from '../zone.ts';
import { aligned } from './aligned.ts';

type Asked = Params<'statistics.query'>;
type Lines = Result<'statistics.query'>;
export type QueueLine = NonNullable<Lines['queues']>[number];
export type AgentLine = NonNullable<Lines['agents']>[number];
export type Ask = (asked: Asked) => Promise<Lines>;

/** All pages. */
export async function everyLine(ask: Ask, asked: Asked): Promise<{ queues: QueueLine[]; agents: AgentLine[] }> {
  const queues: QueueLine[] = [];
  const agents: AgentLine[] = [];
  let cursor: string | undefined;
  do {
    const page = await ask({ ...asked, ...(cursor !== undefined && { cursor }) });
    queues.push(...(page.queues ?? []));
    agents.push(...(page.agents ?? []));
    cursor = page.cursor;
  } while (cursor !== undefined);
  return { queues, agents };
}

type Paid = Pick<QueueLine | AgentLine, 'paid'>;
type Column<Line> = readonly [title: string, cell: (line: Line) => string];

const queueColumns: readonly Column<QueueLine>[] = [
  ['offered', ({ offered }) => String(offered)],
  ['answered', ({ answered }) => String(answered)],
  ['within', ({ answeredWithin }) => String(answeredWithin)],
  ['hung up', ({ abandoned }) => String(abandoned)],
  ['short', ({ abandonedShort }) => String(abandonedShort)],
  ['otherwise', ({ endedOtherwise }) => String(endedOtherwise)],
  ['moved on', ({ movedOn }) => String(movedOn)],
  ['service level', ({ serviceLevelPercent }) => percent(serviceLevelPercent)],
  ['mean wait', ({ averageAnswerMs }) => seconds(averageAnswerMs)],
  ['90%', ({ waitP90Ms }) => seconds(waitP90Ms)],
  ['longest', ({ answeredWaitMsMax, answered }) => seconds(answered === 0 ? null : answeredWaitMsMax)],
  ['handle time', ({ averageHandleMs }) => seconds(averageHandleMs)],
];

const agentColumns: readonly Column<AgentLine>[] = [
  ['logged in', ({ loggedInMs }) => minutes(loggedInMs)],
  ['ready', ({ readyMs }) => minutes(readyMs)],
  ['not ready', ({ notReadyMs }) => minutes(notReadyMs)],
  ['ringing', ({ ringingMs }) => minutes(ringingMs)],
  ['in service', ({ inServiceMs }) => minutes(inServiceMs)],
  ['wrap-up', ({ wrappingUpMs }) => minutes(wrappingUpMs)],
  ['occupancy', ({ occupancyPercent }) => percent(occupancyPercent)],
  ['adherence', ({ adherencePercent }) => percent(adherencePercent)],
  ['offers', ({ offers }) => String(offers)],
  ['answered', ({ answered }) => String(answered)],
  ['missed', ({ missed }) => String(missed)],
  ['handle time', ({ averageHandleMs }) => seconds(averageHandleMs)],
];

const paidColumns: readonly Column<Paid>[] = [
  ['paid', ({ paid }) => String(each(paid).reduce((sum, [, { contacts }]) => sum + contacts, 0))],
  [
    'charged',
    ({ paid }) =>
      each(paid)
        .map(([currency, { charged }]) => `${charged} ${currency}`)
        .join(', ') || '–',
  ],
];

function each(paid: Paid['paid'] = {}) {
  return Object.entries(paid);
}

export function queuesText(lines: readonly QueueLine[], zone: Zone): string {
  return text(lines, ({ queueId }) => queueId, queueColumns, zone);
}

export function agentsText(lines: readonly AgentLine[], zone: Zone): string {
  return text(lines, ({ agentId }) => agentId, agentColumns, zone);
}

function text<Line extends { readonly from: number } & Paid>(
  lines: readonly Line[],
  idOf: (line: Line) => string | undefined,
  always: readonly Column<Line>[],
  zone: Zone,
): string {
  // Where nothing is paid for there is nothing to be seen of it.
  const columns = lines.some(({ paid }) => paid !== undefined) ? [...always, ...paidColumns] : always;
  const rows = lines.map((line) => [
    `${zone.dayAt(line.from)} ${zone.clockAt(line.from).slice(0, 5)}`,
    idOf(line) ?? 'all',
    ...columns.map(([, cell]) => cell(line)),
  ]);
  return aligned([['from', '', ...columns.map(([title]) => title)], ...rows]);
}

function percent(value: number | null): string {
  return value === null ? '–' : `${value.toFixed(1)}%`;
}

function seconds(ms: number | null): string {
  return ms === null ? '–' : `${(ms / 1000).toFixed(1)} s`;
}

function minutes(ms: number): string {
  return `${(ms / 60_000).toFixed(1)} min`;
}
