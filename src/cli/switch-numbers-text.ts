// What a simulated switch has to tell, in words: the live line, and the account at the end.

import type { SwitchNumbers } from '../simulation/switch/switch-account.ts';

export function switchNumbersLine(numbers: SwitchNumbers, isRouted: boolean): string {
  const { calls, waiting, talking, served, hungUpWaiting, rings, answered, reportsSent, reportsRepeated } = numbers;
  const router = isRouted ? '' : ' · no router';
  return (
    `calls ${calls} · waiting ${waiting} · talking ${talking} · served ${served} · hung up ${hungUpWaiting} · ` +
    `rings ${rings}, answered ${answered} · reports ${reportsSent} (${reportsRepeated} repeated)${router}`
  );
}

export function switchNumbersText(numbers: SwitchNumbers): string {
  const { calls, served, hungUpWaiting, ended, refused, servedHere, notTaken, cameWhileAway, meanWaitMs } = numbers;
  const failures = Object.entries(numbers.failed).map(([cause, count]) => `${cause} ${count}`);
  const rows: [string, string][] = [
    ['calls', `${calls}, of which ${cameWhileAway} came while nobody routed`],
    ['served', `${served}${meanWaitMs === undefined ? '' : `, after ${(meanWaitMs / 1000).toFixed(1)} s in the mean`}`],
    ['hung up waiting', String(hungUpWaiting)],
    ['ended by the router', String(ended)],
    ['refused', String(refused)],
    ['served by the switch', String(servedHere)],
    ['not taken', String(notTaken)],
    ['telephones', `${numbers.rings} rung, ${numbers.rang} rang, ${numbers.answered} answered`],
    ['not reached', failures.length === 0 ? '0' : failures.join(', ')],
    ['joined', `${numbers.joined}, ${numbers.notJoined} times in vain`],
    ['announcements', String(numbers.announcements)],
    ['messages', `${numbers.messages}, of ${numbers.messagesAsked} who were asked for one`],
    ['reports', `${numbers.reportsSent} sent, ${numbers.reportsRepeated} of them again`],
    ['requests', `${numbers.requestsHeard} heard, ${numbers.requestsRepeated} of them again`],
    ['returns', String(numbers.returns)],
  ];
  const left = numbers.waiting + numbers.talking;
  if (left > 0) rows.push(['still there', String(left)]);
  const lines = rows.map(([name, text]) => `${name.padEnd(22)}${text}`);
  for (const trouble of numbers.troubles) lines.push(`trouble               ${trouble}`);
  return `${lines.join('\n')}\n`;
}
