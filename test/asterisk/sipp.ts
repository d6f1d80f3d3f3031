// Callers and telephones by SIPp, one process each, by scenarios that are put together here. A party did what it should when its process
// ends with 0: SIPp fails a call in which anything else comes than what the scenario says.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { first, type PhoneName, phonePorts, type RealAsterisk } from './real-asterisk.ts';
import { ackOfRefusal, offer, ok, pause, reply, request, scenario, sends } from './sipp-messages.ts';

const folder = mkdtempSync(join(tmpdir(), 'strowger-sipp-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
const running = new Set<ChildProcess>();
let lastPort = 17_200;
let lastScenario = 0;

/** SIPp takes four of them. */
const mediaPort = () => 19_000 + 8 * (lastScenario % 100);

export interface Party {
  /** Resolves when everything has gone as the scenario says; rejects with what SIPp saw. */
  readonly done: Promise<void>;
  end(): void;
}

// ── Callers ──

export interface CallerOptions {
  readonly number: string;
  readonly from?: string;
  /** Whole lines of more headers. */
  readonly headers?: readonly string[];
  /** Hangs up so long after being answered; left out: waits until the other side does. */
  readonly hangsUpAfterMs?: number;
  /** Cancels so long after calling, not answered. */
  readonly cancelsAfterMs?: number;
  /** The status with which the call is turned away. */
  readonly turnedAway?: number;
  /** Keys that are pressed once it is answered, by INFO. */
  readonly presses?: { readonly afterMs: number; readonly keys: string };
  /** Waits for these keys, by INFO, before it goes on. */
  readonly hears?: string;
  readonly at?: RealAsterisk;
}

export function caller(options: CallerOptions): Party {
  lastPort = lastPort >= 17_390 ? 17_202 : lastPort + 2;
  const { number, at = first } = options;
  return sipp(callerScenario(options), lastPort, ['-s', number, `127.0.0.1:${at.sipPort}`]);
}

function callerScenario({ from = '+12025550199', headers = [], ...options }: CallerOptions): string {
  const contact = `Contact: <sip:${from}@[local_ip]:[local_port]>`;
  // Who takes keys by INFO says nothing of them in its offer.
  const media = options.hears === undefined ? offer : offer.replace(' 101\n', '\n').replace(/a=rtpmap:101.*\n/, '');
  const invite = request('INVITE', 1, from, [...headers, contact], media);
  const early = ['100', '180', '183'].map((status) => `<recv response="${status}" optional="true"></recv>`);
  const { turnedAway, cancelsAfterMs, hangsUpAfterMs, presses } = options;
  if (turnedAway !== undefined)
    return scenario(
      invite,
      '<recv response="100" optional="true"></recv>',
      `<recv response="${turnedAway}"></recv>`,
      ackOfRefusal,
    );
  if (cancelsAfterMs !== undefined)
    return scenario(
      invite,
      '<recv response="100"></recv>',
      pause(cancelsAfterMs),
      sends(`CANCEL sip:[service]@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch-3]
From: <sip:${from}@[local_ip]:[local_port]>;tag=[pid]t[call_number]
To: <sip:[service]@[remote_ip]:[remote_port]>
Call-ID: [call_id]
CSeq: 1 CANCEL
Max-Forwards: 70
Content-Length: 0

`),
      '<recv response="180" optional="true"></recv>',
      '<recv response="200"></recv>',
      '<recv response="487"></recv>',
      ackOfRefusal,
    );
  const hearing = [...(options.hears ?? '')].flatMap((key) => [
    `<recv request="INFO" timeout="20000"><action><ereg regexp="Signal= ?[${key}]" search_in="body" check_it="true" assign_to="5"/></action></recv>`,
    '<Reference variables="5"/>',
    ok(),
  ]);
  const answered = [invite, ...early, '<recv response="200" rrs="true"></recv>', request('ACK', 1, from), ...hearing];
  const pressing = [...(presses?.keys ?? '')].flatMap((key, at) => [
    pause(at === 0 ? presses!.afterMs : 150),
    request('INFO', at + 2, from, ['Content-Type: application/dtmf-relay'], `Signal=${key}\nDuration=100\n`),
    '<recv response="200"></recv>',
  ]);
  if (hangsUpAfterMs !== undefined)
    return scenario(
      ...answered,
      ...pressing,
      pause(hangsUpAfterMs),
      request('BYE', 50, from),
      '<recv response="200"></recv>',
    );
  return scenario(...answered, ...pressing, '<recv request="BYE" timeout="40000"></recv>', ok());
}

// ── Telephones ──

export type Conduct =
  /** Answers after a moment, and is hung up by the other side. */
  | 'answers'
  /** Answers, and hangs up after so long. */
  | { readonly hangsUpAfterMs: number }
  /** Answers, presses a key, by INFO, and is hung up by the other side. */
  | { readonly presses: string }
  /** Rings until it is told to stop. */
  | 'rings'
  /** Turns the call away with this status, after ringing. */
  | { readonly status: number; readonly rings?: boolean };

/** One call, or so many. */
export function telephone(name: PhoneName, conduct: Conduct, calls = 1): Party {
  return sipp(telephoneScenario(conduct), phonePorts[name], [], calls);
}

function telephoneScenario(conduct: Conduct): string {
  const invite = `<recv request="INVITE" rrs="true" timeout="40000"><action><ereg regexp=".*" search_in="hdr" header="CSeq:" assign_to="1"/></action></recv>`;
  const ringing = reply('180 Ringing', `Contact: <sip:[local_ip]:[local_port]>\n`);
  const answer = [
    ringing,
    pause(150),
    reply('200 OK', `Contact: <sip:[local_ip]:[local_port]>\nContent-Type: application/sdp\n`, offer),
  ];
  const acknowledged = '<recv request="ACK"></recv>';
  if (conduct === 'answers')
    return scenario(invite, ...answer, acknowledged, '<recv request="BYE" timeout="40000"></recv>', ok());
  if (conduct === 'rings')
    return scenario(
      invite,
      ringing,
      '<recv request="CANCEL" timeout="40000"></recv>',
      ok(),
      reply('487 Request Terminated', '').replace('[last_CSeq:]', 'CSeq: [$1]'),
      '<recv request="ACK"></recv>',
    );
  if ('status' in conduct)
    return scenario(
      invite,
      ...(conduct.rings ? [ringing, pause(300)] : []),
      reply(`${conduct.status} No`, ''),
      '<recv request="ACK"></recv>',
    );
  const inDialog = (method: string, cseq: number, type = '', body = '') =>
    sends(`${method} [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
[routes]
From: <sip:[local_ip]:[local_port]>;tag=[pid]a[call_number]
To: [$2]
[last_Call-ID:]
CSeq: ${cseq} ${method}
Max-Forwards: 70
${type}Content-Length: [len]

${body}`);
  const acts =
    'presses' in conduct
      ? [
          pause(700),
          inDialog('INFO', 40, 'Content-Type: application/dtmf-relay\n', `Signal=${conduct.presses}\nDuration=100\n`),
          '<recv response="200"></recv>',
          '<recv request="BYE" timeout="40000"></recv>',
          ok(),
        ]
      : [pause(conduct.hangsUpAfterMs), inDialog('BYE', 50), '<recv response="200"></recv>'];
  return scenario(invite, ...answer, acknowledged, ...acts).replace(
    'assign_to="1"/>',
    'assign_to="1"/><ereg regexp="&lt;.*" search_in="hdr" header="From:" assign_to="2"/>',
  );
}

// ── Processes ──

function sipp(text: string, port: number, more: readonly string[], calls = 1): Party {
  return run(text, port, ['-m', `${calls}`, '-rtp_echo', '-timeout', '50s', ...more]);
}

/** A process that goes on until it is told to finish, as the scenarios of the storm need it. */
export interface Crowd extends Party {
  /** Begins nothing new, and is done when what it has is over. */
  finish(): void;
  /** What its scenario has logged, a line each. */
  log(): string[];
}

export function run(text: string, port: number, more: readonly string[]): Crowd {
  lastScenario += 1;
  const name = join(folder, `${lastScenario}`);
  writeFileSync(`${name}.xml`, text);
  const child = spawn(
    'sipp',
    [
      ...['-sf', `${name}.xml`, '-i', '127.0.0.1', '-p', `${port}`, '-mi', '127.0.0.1', '-mp', `${mediaPort()}`],
      ...['-nostdin', '-trace_err', '-error_file', `${name}.err`, '-trace_logs', '-log_file', `${name}.log`],
      ...more,
    ],
    { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  running.add(child);
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    said += chunk;
  });
  let isEnded = false;
  const done = new Promise<void>((resolve, reject) => {
    child.once('close', (code) => {
      running.delete(child);
      if (code === 0 || isEnded) resolve();
      else
        reject(new Error(`SIPp on port ${port} ended with ${code}: ${said}${textOf(`${name}.err`, 4_000)}\n${text}`));
    });
  });
  // Whoever looks at it hears of it; that nobody looks yet is no failure of its own.
  done.catch(() => {});
  return {
    done,
    end: () => {
      isEnded = true;
      child.kill('SIGKILL');
    },
    finish: () => child.kill('SIGUSR1'),
    log: () =>
      textOf(`${name}.log`)
        .split('\n')
        .filter((line) => line !== ''),
  };
}

/** After a test that failed in the middle. */
export function endAll(): void {
  for (const child of running) child.kill('SIGKILL');
}

function textOf(file: string, charactersMax = Number.POSITIVE_INFINITY): string {
  try {
    return readFileSync(file, 'utf8').slice(0, charactersMax);
  } catch {
    return '';
  }
}
