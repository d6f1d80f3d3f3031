// `strowger payment-provider` as somebody starts it who tries a router out: a process of its own, which is killed when it has taken a
// payment and not confirmed it, and started again with nothing in its memory. The router's clock is set on, so that nobody waits.

import type { ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { run } from '../../src/cli/main.ts';
import { type Clock, SystemClock, type Wake } from '../../src/engine/clock.ts';
import { paymentAskedAgainMs } from '../../src/limits.ts';
import { ended, launch } from '../cli/command-line.ts';
import { JourneyRouter, lastingPort, secret, sleep, temporaryFolder, tenant } from './router-harness.ts';

/** The machine's clock, until it is set on: what has come due by then comes. */
class SetClock implements Clock {
  readonly #machine = new SystemClock();
  readonly #waiting = new Set<{ readonly at: number; readonly run: () => void; wake: Wake }>();
  #aheadMs = 0;

  now(): number {
    return this.#machine.now() + this.#aheadMs;
  }
  skewMs(): number {
    return 0;
  }
  soon(callback: () => void): void {
    this.#machine.soon(callback);
  }
  wakeAt(at: number, callback: () => void): Wake {
    const run = () => {
      this.#waiting.delete(waits);
      callback();
    };
    const waits = { at, run, wake: this.#machine.wakeAt(at - this.#aheadMs, run) };
    this.#waiting.add(waits);
    return {
      cancel: () => {
        this.#waiting.delete(waits);
        waits.wake.cancel();
      },
    };
  }
  setOn(ms: number): void {
    this.#aheadMs += ms;
    for (const waits of this.#waiting) {
      waits.wake.cancel();
      waits.wake = this.#machine.wakeAt(waits.at - this.#aheadMs, waits.run);
    }
  }
}

const whsec = `whsec_${Buffer.alloc(32, 'a key for a provider').toString('base64')}`;
const money = (amount: number) => ({ amount, currency: 'EUR' });
const started: ChildProcess[] = [];
let clock: SetClock;
let router: JourneyRouter;
let folder: string;

beforeEach(async () => {
  clock = new SetClock();
  router = await JourneyRouter.start({ webhooksTo: 'any' }, { clock });
  folder = temporaryFolder();
  writeFileSync(join(folder, 'secret'), secret);
});

afterEach(async () => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
  await router.close();
});

/** Once it says where it listens. */
async function provider(port: number, slowMs: number, more: readonly string[] = []) {
  // As people write it: without the path.
  const url = new URL('/', router.url).href;
  const to = ['--url', url, '--tenant', tenant, '--secret-file', 'secret', '--secret', whsec, ...more];
  const child = launch(['payment-provider', ...to, '--port', String(port), '--slow', String(slowMs)], { folder });
  started.push(child);
  const end = ended(child);
  const line = new Promise<string>((resolve) => child.stdout!.once('data', (part) => resolve(String(part))));
  const said = await Promise.race([line, end.then(({ code, err }) => Promise.reject(new Error(`${code}: ${err}`)))]);
  return { child, end, said: JSON.parse(said) as unknown };
}

async function call(method: string, params: object): Promise<Record<string, unknown>> {
  const answer = await router.rpc('admin', 'root', method, params, { now: clock.now() });
  if (answer.error !== undefined) throw new Error(`${method}: ${JSON.stringify(answer.error)}`);
  return answer.result as unknown as Record<string, unknown>;
}

async function until(paymentId: string, what: object): Promise<void> {
  for (;;) {
    const shown = await call('payment.get', { paymentId });
    if (Object.entries(what).every(([name, value]) => shown[name] === value)) return;
    await sleep(20);
  }
}

test('a provider of its own process is paid in and out of, killed and started again in the middle', {
  timeout: 60_000,
}, async () => {
  const port = await lastingPort();
  const first = await provider(port, paymentAskedAgainMs);
  const url = `http://127.0.0.1:${port}/`;
  expect(first.said).toEqual({ url, secret: whsec });
  await call('paymentProvider.set', { url, secret: whsec });
  await call('customer.resolve', { identity: { scheme: 'visitor', value: 'anna' } });
  await call('account.open', { accountId: 'anna', owner: 'customer', customerId: 'c1', currency: 'EUR' });
  const pays = { accountId: 'anna', through: 'provider' };
  await call('account.deposit', { ...pays, paymentId: 'in', money: money(500) });
  await until('in', { state: 'pending', isTaken: true });
  first.child.kill('SIGKILL');
  expect(await first.end).toMatchObject({ code: 'SIGKILL' });
  const second = await provider(port, 0);
  clock.setOn(paymentAskedAgainMs);
  await until('in', { state: 'done' });
  await call('account.withdraw', { ...pays, paymentId: 'out', money: money(200) });
  await until('out', { state: 'done' });
  expect(await call('account.get', { accountId: 'anna' })).toMatchObject({ balance: 300, held: 0 });
  second.child.kill('SIGTERM');
  const { code, out, err } = await second.end;
  expect([code, err]).toEqual([0, expect.stringContaining('stopping')]);
  expect(JSON.parse(out.trim().split('\n').at(-1)!)).toMatchObject({ payments: 2, declined: 0, unsigned: 0 });
});

test('who is not believed by the router says so, and why, once', async () => {
  const port = await lastingPort();
  const { child, end } = await provider(port, 0, ['--token', 'nonsense']);
  let said = '';
  child.stderr!.on('data', (part) => (said += part));
  await call('paymentProvider.set', { url: `http://127.0.0.1:${port}/`, secret: whsec });
  await call('customer.resolve', { identity: { scheme: 'visitor', value: 'anna' } });
  await call('account.open', { accountId: 'anna', owner: 'customer', customerId: 'c1', currency: 'EUR' });
  for (const paymentId of ['one', 'two'])
    await call('account.deposit', { paymentId, accountId: 'anna', through: 'provider', money: money(500) });
  while (!said.includes('payment.confirm: token_invalid')) await sleep(20);
  for (const paymentId of ['one', 'two']) await until(paymentId, { state: 'pending', isTaken: true });
  child.kill('SIGTERM');
  const { err } = await end;
  expect(err.split('payment.confirm:')).toHaveLength(2);
});

test('it says what it can do, and what it cannot', async () => {
  const outs = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  const errs = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  const says = async (...options: string[]) => {
    outs.mockClear();
    errs.mockClear();
    const code = await run(['payment-provider', ...options]);
    const [out, err] = [outs, errs].map(({ mock }) => mock.calls.map(([text]) => String(text)).join(''));
    return { code, out, err };
  };
  try {
    const help = await says('--help');
    expect([help.code, help.err]).toEqual([0, '']);
    for (const option of ['--decline', '--fail', '--slow', '--confirmations', 'paymentProvider.set'])
      expect(help.out).toContain(option);
    const own = ['--tenant', tenant, '--secret-file', join(folder, 'secret')];
    for (const [about, ...options] of [
      ['--declines', '--declines', '3'],
      ['--decline', '--decline', 'some', ...own],
      ['--secret', '--secret', 'short'],
    ] as const) {
      const { code, out, err } = await says(...options);
      expect([about, code, out]).toEqual([about, 2, '']);
      expect(err).toContain(about);
    }
  } finally {
    vi.restoreAllMocks();
  }
});
