// The Asterisks of the journeys, in one chroot: made and run by install.sh, looked at by their own command line. The first is there for all
// journeys; the second is started by those that need two.

import { execFileSync, type SpawnSyncReturns } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = process.env.ASTERISK_ROOT ?? '/var/lib/strowger-asterisk';
export const credentials = { user: 'asterisk', password: 'strowger-test' } as const;
/** As CARRIER_PORT of install.sh, and what it is given as PHONES. */
export const phonePorts = {
  ann: 17_081,
  bob: 17_082,
  cem: 17_083,
  dana: 17_084,
  eli: 17_085,
  carrier: 17_089,
} as const;
export type PhoneName = keyof typeof phonePorts;
/** The telephones of the storm are one SIPp. */
export const stormPort = 17_100;
export const stormAgents = Array.from({ length: 20 }, (_, at) => `storm-${at + 1}`);

const script = join(dirname(fileURLToPath(import.meta.url)), 'install.sh');

interface Place {
  /** As INSTANCE of install.sh. */
  readonly instance: string;
  readonly listenPort: number;
  readonly sipPort: number;
  readonly rtpFrom: number;
  readonly phones: Readonly<Record<string, number>>;
  /** Telephones registered here that others reach by way of this one. */
  readonly passesOn?: string;
}

export class RealAsterisk {
  readonly listenPort: number;
  readonly sipPort: number;
  readonly #pidFile: string;
  readonly #environment: Readonly<Record<string, string>>;

  constructor({ instance, listenPort, sipPort, rtpFrom, phones, passesOn = '' }: Place) {
    this.listenPort = listenPort;
    this.sipPort = sipPort;
    this.#pidFile = `${root}${instance && `.${instance}`}.pid`;
    this.#environment = {
      INSTANCE: instance,
      WS_URL: `ws://127.0.0.1:${listenPort}/asterisk`,
      SIP_PORT: `${sipPort}`,
      RTP_FROM: `${rtpFrom}`,
      RTP_TO: `${rtpFrom + 399}`,
      PHONES: Object.entries(phones)
        .map(([name, port]) => `${name}:${port}`)
        .join(' '),
      PASSES_ON: passesOn,
      PIDFILE: this.#pidFile,
    };
  }

  /** Standard output of install.sh. Throws with what it has said on standard error. */
  script(...command: string[]): string {
    try {
      const env = { ...process.env, ...this.#environment };
      const parameters = [script, root, ...command];
      return execFileSync('sh', parameters, { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
    } catch (error) {
      const { stderr = '', message } = error as SpawnSyncReturns<string> & Error;
      throw new Error(`install.sh ${command.join(' ')}: ${stderr.trim().slice(-2_000) || message}`);
    }
  }

  cli(command: string): string {
    return this.script('cli', command);
  }

  isRunning(): boolean {
    try {
      return this.script('status') !== '';
    } catch {
      return false;
    }
  }

  /** As when its machine loses power. */
  die(): void {
    process.kill(Number(readFileSync(this.#pidFile, 'utf8')), 'SIGKILL');
  }

  /** What is alive at it, by its own account. */
  channels(): string[] {
    return this.#channelLines().map((line) => line.split('!')[0]!);
  }

  /** How many channels are in each bridge in which there are any. */
  inBridges(): number[] {
    const counts = new Map<string, number>();
    for (const line of this.#channelLines()) {
      const bridge = line.split('!').at(-2) ?? '';
      if (bridge !== '') counts.set(bridge, (counts.get(bridge) ?? 0) + 1);
    }
    return [...counts.values()].sort();
  }

  /** Bridges, a line each. */
  bridges(): string[] {
    return this.cli('bridge show all')
      .split('\n')
      .slice(1)
      .map((line) => line.trim())
      .filter((line) => line !== '');
  }

  #channelLines(): string[] {
    return this.cli('core show channels concise')
      .split('\n')
      .filter((line) => line.includes('!'));
  }
}

const { carrier: _, ...telephones } = phonePorts;
const ofStorm = Object.fromEntries(stormAgents.map((name) => [name, stormPort]));
const ports = [
  { listenPort: 17_760, sipPort: 17_060, rtpFrom: 18_000 },
  { listenPort: 17_761, sipPort: 17_061, rtpFrom: 18_400 },
] as const;

/** eli’s telephone is registered at the second, and rung by way of that. */
export const first = new RealAsterisk({
  ...ports[0],
  instance: '',
  phones: { ...telephones, eli: ports[1].sipPort, ...ofStorm },
});
export const second = new RealAsterisk({ ...ports[1], instance: 'second', phones: telephones, passesOn: 'eli' });
