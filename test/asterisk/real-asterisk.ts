// The Asterisk of the journeys, in its chroot: made and run by install.sh, looked at by its own command line.

import { execFileSync, type SpawnSyncReturns } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = process.env.ASTERISK_ROOT ?? '/var/lib/strowger-asterisk';
export const listenPort = 17_760;
export const sipPort = 17_060;
export const credentials = { user: 'asterisk', password: 'strowger-test' } as const;
/** As CARRIER_PORT of install.sh, and what it is given as PHONES. */
export const phonePorts = { ann: 17_081, bob: 17_082, cem: 17_083, dana: 17_084, carrier: 17_089 } as const;
export type PhoneName = keyof typeof phonePorts;
/** The telephones of the storm are one SIPp. */
export const stormPort = 17_100;
export const stormAgents = Array.from({ length: 20 }, (_, at) => `storm-${at + 1}`);
const phones = [
  ...Object.entries(phonePorts).filter(([name]) => name !== 'carrier'),
  ...stormAgents.map((name) => [name, stormPort] as const),
];

const script = join(dirname(fileURLToPath(import.meta.url)), 'install.sh');

/** Its standard output. Throws with what it has said on standard error. */
export function installScript(...command: string[]): string {
  try {
    const env = {
      ...process.env,
      PIDFILE: `${root}.pid`,
      PHONES: phones.map(([name, port]) => `${name}:${port}`).join(' '),
    };
    return execFileSync('sh', [script, root, ...command], { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    const { stderr = '', message } = error as SpawnSyncReturns<string> & Error;
    throw new Error(`install.sh ${command.join(' ')}: ${stderr.trim().slice(-2_000) || message}`);
  }
}

export function cli(command: string): string {
  return installScript('cli', command);
}

/** What is alive at Asterisk, by its own account. */
export function channels(): string[] {
  return cli('core show channels concise')
    .split('\n')
    .filter((line) => line.includes('!'))
    .map((line) => line.split('!')[0]!);
}

/** How many channels are in each bridge in which there are any. */
export function inBridges(): number[] {
  const counts = new Map<string, number>();
  for (const line of cli('core show channels concise').split('\n')) {
    const bridge = line.split('!').at(-2) ?? '';
    if (bridge !== '') counts.set(bridge, (counts.get(bridge) ?? 0) + 1);
  }
  return [...counts.values()].sort();
}

/** Bridges, a line each. */
export function bridges(): string[] {
  return cli('bridge show all')
    .split('\n')
    .slice(1)
    .map((line) => line.trim())
    .filter((line) => line !== '');
}
