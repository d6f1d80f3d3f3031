// The two sides of the storm: callers of three kinds, and twenty telephones. Each call logs what its party saw of its end, a line a call;
// whoever hangs up in the moment in which the other side does has seen both. Anything else than what is written here fails the call, and SIPp
// with it.
//
//   callers   NUMBER hungUp | letGo | both, and when
//   phones    NUMBER AGENT talks, then hungUp | letGo | both; or cancelled | busy. NUMBER is the caller's

import { first, stormPort } from './real-asterisk.ts';
import { type Crowd, run } from './sipp.ts';
import { offer, ok, pause, reply, request, scenario, sends } from './sipp-messages.ts';

export interface Between {
  readonly fromMs: number;
  readonly toMs: number;
}

/** So many at once, called PREFIX1, PREFIX2 …; each hangs up after so long, or (left out) when the other side does. */
export function callers(number: string, prefix: string, atOnce: number, port: number, stay?: Between): Crowd {
  const from = `${prefix}[call_number]`;
  const saw = (what: string) => log(`${from} ${what} [timestamp]`);
  const text = scenario(
    request('INVITE', 1, from, [`Contact: <sip:${from}@[local_ip]:[local_port]>`], offer),
    atAnyTime('BYE', 'letGo'),
    ...['100', '180', '183'].map((status) => `<recv response="${status}" optional="true"></recv>`),
    '<recv response="200" rrs="true"></recv>',
    request('ACK', 1, from),
    stay === undefined ? '<recv request="BYE" next="letGo"></recv>' : pauseBetween(stay),
    ...hangsUp(request('BYE', 50, from), saw),
  );
  const flags = ['-l', `${atOnce}`, '-r', `${atOnce}`, '-rp', '2000'];
  return run(text, port, ['-s', number, ...flags, `127.0.0.1:${first.sipPort}`]);
}

/** As many telephones as Asterisk rings at this port. */
export function telephones(talk: Between): Crowd {
  const saw = (what: string) => log(`[$1] [$4] ${what}`);
  const contact = 'Contact: <sip:[local_ip]:[local_port]>\n';
  const text = scenario(
    atAnyTime('BYE', 'letGo'),
    atAnyTime('CANCEL', 'cancelled'),
    `<recv request="INVITE" rrs="true"><action>${[
      ereg('[+][0-9]+', 'From:', 1),
      ereg('.*', 'CSeq:', 2),
      ereg('&lt;.*', 'From:', 3),
      ereg('storm-[0-9]+', 'To:', 4),
    ].join('')}</action></recv>`,
    '<nop next="busy" chance="0.05"></nop>',
    reply('180 Ringing', contact),
    '<nop next="rings" chance="0.1"></nop>',
    pauseBetween({ fromMs: 100, toMs: 1_500 }),
    reply('200 OK', `${contact}Content-Type: application/sdp\n`, offer),
    '<recv request="CANCEL" optional="true" next="crossed"></recv>',
    '<recv request="ACK"></recv>',
    label('talks'),
    log('[$1] [$4] talks'),
    pauseBetween(talk),
    ...hangsUp(
      sends(`BYE [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
[routes]
From: <sip:[local_ip]:[local_port]>;tag=[pid]a[call_number]
To: [$3]
[last_Call-ID:]
CSeq: 50 BYE
Max-Forwards: 70
Content-Length: 0

`),
      saw,
    ),
    '<nop next="over"></nop>',
    label('crossed'),
    ok(),
    '<recv request="ACK" next="talks"></recv>',
    label('rings'),
    '<recv request="CANCEL"></recv>',
    label('cancelled'),
    ok(),
    reply('487 Request Terminated', '').replace('[last_CSeq:]', 'CSeq: [$2]'),
    '<recv request="ACK"></recv>',
    saw('cancelled'),
    '<nop next="over"></nop>',
    label('busy'),
    reply('486 Busy Here', ''),
    '<recv request="ACK"></recv>',
    saw('busy'),
    label('over'),
  );
  return run(text, stormPort, []);
}

/** Of a call that is up, to its end, whoever hangs up first. What comes behind it in the scenario is jumped to. */
function hangsUp(bye: string, saw: (what: string) => string): string[] {
  return [
    bye,
    '<recv request="BYE" optional="true" next="both"></recv>',
    '<recv response="481" optional="true" next="both481"></recv>',
    '<recv response="200"></recv>',
    saw('hungUp'),
    '<nop next="end"></nop>',
    label('both'),
    ok(),
    '<recv response="481" optional="true" next="both481"></recv>',
    '<recv response="200"></recv>',
    label('both481'),
    saw('both'),
    '<nop next="end"></nop>',
    label('letGo'),
    ok(),
    saw('letGo'),
    label('end'),
  ];
}

/** Where no step that comes next waits for it. */
function atAnyTime(method: string, next: string): string {
  return `<recv request="${method}" optional="global" next="${next}"></recv>`;
}

function log(message: string): string {
  return `<nop><action><log message="${message}"/></action></nop>`;
}

function label(name: string): string {
  return `<label id="${name}"/>`;
}

function ereg(regexp: string, header: string, into: number): string {
  return `<ereg regexp="${regexp}" search_in="hdr" header="${header}" assign_to="${into}"/>`;
}

function pauseBetween({ fromMs, toMs }: Between): string {
  return pause(fromMs).replace(/milliseconds="\d+"/, `distribution="uniform" min="${fromMs}" max="${toMs}"`);
}
