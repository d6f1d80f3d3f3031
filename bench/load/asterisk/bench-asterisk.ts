// An Asterisk of the benchmark's own, from the chroot that the journeys' script makes (test/asterisk/install.sh), with its own folders and
// ports: one number leads to the router's adapter, another to Asterisk's own queue, with the same telephones behind both.

import { execFileSync, type SpawnSyncReturns } from 'node:child_process';
import { appendFileSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { artifacts } from '../../../src/artifacts.ts';

const root = process.env.ASTERISK_ROOT ?? '/var/lib/strowger-asterisk';
const instance = 'bench';
export const credentials = { user: 'asterisk', password: 'strowger-bench' } as const;
export const ports = { sip: 27_060, telephones: 27_080, callers: 27_090, manager: 27_038 } as const;
export const numbers = { router: '+12025550100', queue: '+12025550101' } as const;
export const queueName = 'bench';

/** Undefined where there is one; else why not. */
export function withoutAsterisk(): string | undefined {
  if (process.platform !== 'linux') return 'it needs Linux';
  if (process.getuid?.() !== 0) return 'it needs root, for a chroot';
  if (existsSync(join(root, '.strowger-installed'))) return undefined;
  return `there is none in ${root}: sh test/asterisk/install.sh ${root} install`;
}

/** `adapterPort`: where Asterisk connects. It is stopped with this process at the latest. */
export function startAsterisk(agents: readonly string[], adapterPort: number): void {
  const settings = {
    WS_URL: `ws://127.0.0.1:${adapterPort}/asterisk`,
    WS_USER: credentials.user,
    WS_PASSWORD: credentials.password,
    SIP_PORT: String(ports.sip),
    PHONES: agents.map((agent) => `${agent}:${ports.telephones}`).join(' '),
    RTP_FROM: '28000',
    RTP_TO: '28999',
  };
  script(['config'], settings);
  // What an interrupted run has left behind has the configuration of then.
  script(['stop'], settings);
  const folder = join(root, 'etc', `strowger-asterisk-${instance}`);
  appendFileSync(join(folder, 'modules.conf'), 'load = app_queue.so\n');
  writeFileSync(join(folder, 'queues.conf'), queueOf(agents));
  writeFileSync(join(folder, 'queuerules.conf'), '');
  appendFileSync(
    join(folder, 'extensions.conf'),
    [`exten => ${numbers.queue},1,Answer()`, ` same => n,Queue(${queueName})`, ' same => n,Hangup()', ''].join('\n'),
  );
  const { user, password } = credentials;
  writeFileSync(
    join(folder, 'manager.conf'),
    `[general]\nenabled = yes\nbindaddr = 127.0.0.1\nport = ${ports.manager}\n\n[${user}]\nsecret = ${password}\nread = agent\nwrite = agent,reporting\n`,
  );
  process.once('exit', stopAsterisk);
  script(['start'], settings);
}

/** Whoever waits is given the telephone that has been idle for longest; what is not asked for is as it comes. */
function queueOf(agents: readonly string[]): string {
  return [
    '[general]',
    'persistentmembers = no',
    'autofill = yes',
    `[${queueName}]`,
    'strategy = leastrecent',
    'ringinuse = no',
    'timeout = 15',
    // The shortest that it takes: how long it waits between tries.
    'retry = 1',
    // Whole seconds only, so the desktop says when it is over, as it does to the router.
    'wrapuptime = 0',
    ...agents.map((agent) => `member => PJSIP/${agent}`),
    '',
  ].join('\n');
}

export function stopAsterisk(): void {
  process.off('exit', stopAsterisk);
  script(['stop'], {});
}

/** What is alive at Asterisk. */
export function channelsAlive(): number {
  return script(['cli', 'core show channels concise'], {})
    .split('\n')
    .filter((line) => line.includes('!')).length;
}

function script(command: readonly string[], settings: Readonly<Record<string, string>>): string {
  const file = join(artifacts.root, 'test', 'asterisk', 'install.sh');
  const env = { ...process.env, ...settings, INSTANCE: instance, PIDFILE: `${root}.${instance}.pid` };
  try {
    return execFileSync('sh', [file, root, ...command], { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    const { stderr = '', message } = error as SpawnSyncReturns<string> & Error;
    throw new Error(`install.sh ${command.join(' ')}: ${stderr.trim().slice(-2_000) || message}`);
  }
}
