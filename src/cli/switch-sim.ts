// `strowger switch-sim`: a switch without media on a running router. Customers call at a rate, telephones ring, answer or do
// not, by shares and a seed; a live line of numbers, and at the end an account of every call.

import { createInterface } from 'node:readline';
import type { Command } from 'commander';
import { type Clock, SystemClock, systemRandomness } from '../engine/clock.ts';
import { isId } from '../protocol/ids.ts';
import type { RouterAccess } from '../simulation/router-access.ts';
import { connectSwitch } from '../simulation/switch/connect-switch.ts';
import { type Desks, openDesks } from '../simulation/switch/desks.ts';
import { DrawnTelephones, type TelephonePolicy, usualTelephones } from '../simulation/switch/drawn-telephones.ts';
import type { Wishes } from '../simulation/switch/leg.ts';
import { NumberedTelephones } from '../simulation/switch/numbered-telephones.ts';
import { type AwayDefault, awayDefaults, ReferenceSwitch } from '../simulation/switch/reference-switch.ts';
import { imbalanceOf, SwitchAccount, type SwitchNumbers } from '../simulation/switch/switch-account.ts';
import {
  type ConductName,
  conductNames,
  conducts,
  ScriptedTelephones,
  usualNumbers,
} from '../simulation/switch/telephones.ts';
import { Traffic } from '../simulation/switch/traffic.ts';
import { CommandError, UsageError } from './command-error.ts';
import {
  accessOf,
  addSecretOptions,
  asCommandError,
  type LiveLine,
  number,
  type SecretOptions,
  shownAndStoppable,
  wholeNumber,
} from './simulation-run.ts';
import { switchNumbersLine, switchNumbersText } from './switch-numbers-text.ts';
import { shareNames, sharesOf } from './telephone-shares.ts';
import { trialCallers, trialDocument, trialTenant } from './trial.ts';

interface SwitchSimOptions extends SecretOptions {
  readonly token?: string;
  readonly switch: string;
  readonly queue: string;
  readonly channel: string;
  readonly agents?: string;
  readonly rate: string;
  readonly calls: string;
  readonly for?: string;
  readonly talk: string;
  readonly patience: string;
  readonly shares?: string;
  readonly telephone?: string[];
  readonly away: string;
  readonly seed: string;
  readonly operated: boolean;
  readonly connectTimeout: string;
  readonly json: boolean;
}

const callsMax = 10_000_000;
const showEveryMs = 500;
/** In the end: for reports to be answered and for the router to release what is left. */
const endWithinMs = 10_000;

export function register(program: Command): void {
  addSecretOptions(
    program.command('switch-sim').description('a simulated switch on a running router: calls, legs, telephones'),
  )
    .option(
      '--token <jwt>',
      'instead of the secret: the switch’s (variable STROWGER_SWITCH_TOKEN)',
      process.env.STROWGER_SWITCH_TOKEN,
    )
    .option('--switch <id>', 'which switch it is; with --token the token says so', trialCallers.switch)
    .option('--queue <id>', 'where calls go', 'sales')
    .option('--channel <name>', 'as what', 'voice')
    .option('--agents <ids>', 'log these in and make them ready (a,b,c); in the trial all of them; none: nobody')
    .option('--rate <n>', 'calls a minute', '30')
    .option('--calls <n>', 'no more after so many')
    .option('--for <seconds>', 'stop by itself after so long; without it, Ctrl-C does')
    .option('--talk <seconds>', 'mean length of a conversation', '20')
    .option('--patience <seconds>', 'how long customers wait, in the mean', '60')
    .option('--shares <list>', `in percent, as busy=5,noAnswer=3: ${shareNames.join(', ')}`)
    .option('--telephone <number=conduct...>', `numbers or lines that always do the same: ${conductNames.join(', ')}`)
    .option('--away <how>', `calls that come while nobody routes: ${awayDefaults.join(', ')}`, 'wait')
    .option('--seed <n>', 'for what is drawn', '1')
    .option(
      '--operated',
      'no calls by itself: lines on standard input say `call`, `hangUp LEG` and `press LEG KEYS`',
      false,
    )
    .option('--connect-timeout <seconds>', 'how long to wait for the router', '10')
    .option('--json', 'the account as JSON on standard output', false)
    .addHelpText('after', examples)
    .action((options: SwitchSimOptions) => switchSim(options));
}

const examples = `
Stopped by Ctrl-C or --for it drains: nobody calls any more, everybody hangs up, and it goes when the router knows.
Telephones of the numbers ${usualNumbers.answers} … do what \`strowger conformance switch\` expects of them.
Exit code 1 where a call is not accounted for, or anything went wrong. docs/switches.md says more.

Examples:
  strowger switch-sim                                     on the trial, with its agents
  strowger switch-sim --rate 120 --talk 10 --for 60
  strowger switch-sim --shares busy=10,unreachable=5,lost=5 --seed 7 --json --for 30
  strowger switch-sim --url wss://router.example/v1/rpc --token eyJ… --queue service --agents none`;

async function switchSim(options: SwitchSimOptions): Promise<void> {
  const settings = checked(options);
  const clock = new SystemClock();
  try {
    const access = switchAccess(options, clock);
    const { numbers, stopped } = await shownAndStoppable(
      options.json,
      'stopping: everybody hangs up, and the router is told',
      (screen, signal) => simulate(access, settings, clock, screen, signal),
    );
    process.stdout.write(options.json ? `${JSON.stringify({ ...numbers, stopped })}\n` : switchNumbersText(numbers));
    const wrong = imbalanceOf(numbers) ?? leftBehind(numbers) ?? numbers.troubles[0];
    if (wrong !== undefined) throw new CommandError(wrong);
  } catch (error) {
    throw asCommandError(error, options.url);
  }
}

function leftBehind({ legs, reportsUnanswered }: SwitchNumbers): string | undefined {
  if (legs === 0 && reportsUnanswered === 0) return undefined;
  return `${legs} legs are left and ${reportsUnanswered} reports unanswered: the router was not there at the end, or did not release them`;
}

type Settings = ReturnType<typeof checked>;

function checked(options: SwitchSimOptions) {
  const seconds = (name: string, text: string, max = 86_400) => number(name, text, 0.001, max) * 1000;
  if (!awayDefaults.includes(options.away as AwayDefault))
    throw new UsageError(`--away must be one of ${awayDefaults.join(', ')}, not ${options.away}`);
  if (!isId(options.switch)) throw new UsageError(`--switch: ${options.switch} is no id`);
  const talkMs = seconds('talk', options.talk);
  return {
    switchId: options.switch,
    agentIds: agentIdsOf(options),
    wishes: { queueId: options.queue, channel: options.channel },
    traffic: {
      callsPerMinute: number('rate', options.rate, 0.001, 1_000_000),
      callsMax: options.calls === undefined ? callsMax : wholeNumber('calls', options.calls, 1, callsMax),
      patienceMs: seconds('patience', options.patience),
      talkMs,
    },
    telephones: {
      ...usualTelephones,
      talkMs,
      // Whoever operates it decides what happens.
      ...(options.operated && { notJoined: 0 }),
      ...(options.shares && sharesOf(options.shares)),
    } satisfies TelephonePolicy,
    numbered: numberedOf(options.telephone ?? []),
    whileAway: options.away as AwayDefault,
    seed: wholeNumber('seed', options.seed, 0, 2 ** 32 - 1),
    isOperated: options.operated,
    endsAfterMs: options.for === undefined ? undefined : seconds('for', options.for, 31 * 86_400),
    connectTimeoutMs: seconds('connect-timeout', options.connectTimeout, 3_600),
  };
}

/** In the trial there is somebody to be called; elsewhere whoever runs it says whom it may log in. */
function agentIdsOf({ agents, token, tenant, secretFile }: SwitchSimOptions): readonly string[] {
  if (agents === 'none') return [];
  if (agents !== undefined && token !== undefined)
    throw new UsageError('--agents needs the secret: a switch’s --token logs no agents in');
  const isTrial = token === undefined && secretFile === undefined && (tenant === undefined || tenant === trialTenant);
  return agents?.split(',') ?? (isTrial ? (trialDocument.agents ?? []).map(({ agentId }) => agentId) : []);
}

function numberedOf(given: readonly string[]): Map<string, ConductName> {
  const numbered = new Map<string, ConductName>(conductNames.map((name) => [usualNumbers[name], name]));
  for (const text of given) {
    const [of, conduct = ''] = text.split('=');
    if (of === '' || !conductNames.includes(conduct as ConductName))
      throw new UsageError(`--telephone ${text}: a number or a line, =, and one of ${conductNames.join(', ')}`);
    numbered.set(of!, conduct as ConductName);
  }
  return numbered;
}

function switchAccess(options: SwitchSimOptions, clock: Clock): RouterAccess {
  const { token, url } = options;
  if (token === undefined) return accessOf(options, clock);
  if (!/^wss?:\/\//.test(url)) throw new UsageError(`--url must begin with ws:// or wss://, not ${url}`);
  return { url, token: (role) => (role === 'switch' ? token : undefined) };
}

async function simulate(
  access: RouterAccess,
  settings: Settings,
  clock: Clock,
  screen: LiveLine,
  signal: AbortSignal,
): Promise<{ numbers: SwitchNumbers; stopped: boolean }> {
  const account = new SwitchAccount(clock);
  const traffic = new Traffic({
    policy: settings.traffic,
    seed: settings.seed,
    clock,
    wishes: () => settings.wishes as Wishes,
    onNotTaken: () => account.notTaken(),
  });
  const script = Object.fromEntries([...settings.numbered].map(([of, name]) => [of, conducts[name]]));
  const simulated = new ReferenceSwitch({
    clock,
    whileAway: settings.whileAway,
    idPrefix: `sim-${systemRandomness.uuid().slice(0, 8)}`,
    telephones: new NumberedTelephones(
      new ScriptedTelephones(clock, script),
      new DrawnTelephones(settings.telephones, settings.seed, clock),
    ),
    listener: (event) => {
      account.hear(event);
      traffic.hear(event);
    },
  });
  const { switchId, connectTimeoutMs } = settings;
  const connected = new Set<string>();
  const onConnection = (who: string, what: 'open' | 'lost', why: string) => {
    if (what === 'open') connected.add(who);
    // Said once; each try to come back that fails is another loss.
    else if (connected.delete(who)) screen.say(`${who}: connection lost (${why || 'no reason given'}), coming back`);
  };
  const client = await connectSwitch(simulated, {
    url: access.url,
    token: () => access.token('switch', switchId)!,
    clock,
    connectTimeoutMs,
    onConnection: (what, { reason = '' }) => onConnection(`switch ${switchId}`, what, reason),
  });
  let desks: Desks | undefined;
  try {
    const { sub } = client.session;
    const { draining } = await client.call('switch.get', { switchId: sub });
    // Left so by somebody who wanted it to go; it has just come.
    if (draining) await simulated.drain(false);
    desks = await openDesks(access, settings.agentIds, { clock, connectTimeoutMs, onConnection });
    const operator = settings.isOperated ? operate(simulated, settings.wishes as Wishes, screen) : undefined;
    if (operator === undefined) traffic.start(simulated);
    await untilOver(settings, clock, signal, () => {
      const numbers = account.numbersOf(simulated);
      screen.show(switchNumbersLine(numbers, simulated.isRouted));
      if (operator !== undefined) return operator.hasLeft();
      return traffic.calls >= settings.traffic.callsMax && numbers.waiting + numbers.talking === 0;
    });
    operator?.close();
    traffic.stop();
    await comeToAnEnd(simulated, traffic, clock);
  } finally {
    await desks?.close();
    client.close();
  }
  return { numbers: account.numbersOf(simulated), stopped: signal.aborted };
}

/** Until it is stopped, its time is over, or nothing more will happen. */
async function untilOver(settings: Settings, clock: Clock, signal: AbortSignal, look: () => boolean): Promise<void> {
  const endsAt = clock.now() + (settings.endsAfterMs ?? Number.POSITIVE_INFINITY);
  const aborted = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  while (!signal.aborted && clock.now() < endsAt && !look()) {
    const turn = new Promise<void>((resolve) => {
      clock.wakeAt(Math.min(endsAt, clock.now() + showEveryMs), resolve);
    });
    await Promise.race([turn, aborted]);
  }
}

/** Drains: nobody is taken any more, everybody hangs up; over when the router has released what it asked for. */
async function comeToAnEnd(simulated: ReferenceSwitch, traffic: Traffic, clock: Clock): Promise<void> {
  const deadline = clock.now() + endWithinMs;
  const drained = simulated.drain(true);
  traffic.hangUpAll();
  while ((simulated.legs.size > 0 || simulated.reports.unanswered > 0) && clock.now() < deadline)
    await new Promise<void>((resolve) => {
      clock.wakeAt(clock.now() + 20, resolve);
    });
  // Gone it is, and so draining no more: the next one of its name begins as it likes.
  if (simulated.isRouted) await drained.then(() => simulated.drain(false));
}

/** One line, one deed; what cannot be done is said and passed over. Who closes the input has left. */
function operate(simulated: ReferenceSwitch, wishes: Wishes, screen: LiveLine) {
  let hasLeft = false;
  const lines = createInterface({ input: process.stdin });
  lines.on('line', (line) => {
    const [what, legId = '', keys = ''] = line.trim().split(/\s+/);
    if (what === 'call') simulated.bring(wishes);
    else if (what === 'hangUp') simulated.end(legId, 'hungUp');
    else if (what === 'press') simulated.press(legId, keys);
    else if (what !== '') screen.say(`not understood: ${line}`);
  });
  lines.on('close', () => {
    hasLeft = true;
  });
  return {
    hasLeft: () => hasLeft,
    close: () => {
      lines.close();
      process.stdin.unref();
    },
  };
}
