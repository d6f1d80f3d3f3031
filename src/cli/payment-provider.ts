// `strowger payment-provider`: a payment provider that moves no money, for a router that is tried out. It takes what it is asked and
// confirms it, as it is told: late, twice, with a no, or only when it has been asked again.

import type { Command } from 'commander';
import { SystemClock, systemRandomness } from '../engine/clock.ts';
import { type Confirm, PaymentProvider } from '../simulation/payment-provider.ts';
import { httpUrl } from './call.ts';
import { UsageError } from './command-error.ts';
import { accessOf, addSecretOptions, type SecretOptions, shownAndStoppable, wholeNumber } from './simulation-run.ts';

interface ProviderOptions extends SecretOptions {
  readonly token?: string;
  readonly port: string;
  readonly secret?: string;
  readonly decline: string;
  readonly fail: string;
  readonly slow: string;
  readonly confirmations: string;
}

export function register(program: Command): void {
  addSecretOptions(
    program.command('payment-provider').description('a payment provider that moves no money, for a router to be tried'),
  )
    .option('--token <jwt>', 'instead of the router’s secret: one of an application')
    .option('--port <n>', 'where it listens, on 127.0.0.1; 0: anywhere', '7790')
    .option('--secret <whsec_…>', 'what both sides sign with; by default one that is made and shown')
    .option('--decline <n>', 'one in so many is declined', '0')
    .option('--fail <n>', 'one in so many requests is answered 503', '0')
    .option('--slow <ms>', 'how long it takes to confirm', '500')
    .option('--confirmations <n>', 'how often it says each', '1')
    .addHelpText('after', examples)
    .action((options: ProviderOptions) => provide(options));
}

const examples = `
The router has to know it, and to be allowed to post to an address that is not public (\`webhooksTo: any\`):
  paymentProvider.set {"url": "http://127.0.0.1:7790/", "secret": "whsec_…"}     in the session of an administrator

Examples:
  strowger payment-provider
  strowger payment-provider --decline 5 --fail 3 --slow 3000 --confirmations 2`;

const hour = 3_600_000;

async function provide(options: ProviderOptions): Promise<void> {
  const { secret = `whsec_${Buffer.from(systemRandomness.bytes(32)).toString('base64')}` } = options;
  if (!/^whsec_[A-Za-z0-9+/]{32,86}={0,2}$/.test(secret))
    throw new UsageError('--secret: whsec_ and 24 to 64 bytes in Base64');
  const clock = new SystemClock();
  const provider = new PaymentProvider(
    {
      secret,
      port: wholeNumber('port', options.port, 0, 65_535),
      declineEvery: wholeNumber('decline', options.decline, 0, 1_000_000),
      failEvery: wholeNumber('fail', options.fail, 0, 1_000_000),
      delayMs: wholeNumber('slow', options.slow, 0, hour),
      confirmations: wholeNumber('confirmations', options.confirmations, 0, 10),
    },
    confirmTo(options, clock),
    clock,
  );
  const port = await provider.listen();
  process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${port}/`, secret })}\n`);
  await shownAndStoppable(false, 'stopping', async (screen, signal) => {
    const show = setInterval(() => screen.show(shown(provider)), 500);
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    clearInterval(show);
  });
  await provider.close();
  process.stdout.write(`${JSON.stringify(provider.numbers)}\n`);
}

function shown({ numbers }: PaymentProvider): string {
  const { asked, payments, declined, confirmed, failed, unsigned } = numbers;
  return `${asked} requests, ${payments} payments, ${declined} declined, ${confirmed} confirmed; ${failed} answered 503, ${unsigned} unsigned`;
}

interface RpcError {
  readonly message: string;
  readonly data?: { readonly refusal?: string };
}

/** Over HTTP, as an application of the tenant. What the router does not take is said again, and why is told once. */
function confirmTo(options: ProviderOptions, clock: SystemClock): Confirm {
  const access = options.token === undefined ? accessOf(options, clock) : undefined;
  const address = httpUrl(options.url);
  const told = new Set<string>();
  const tell = (why: string) => {
    if (!told.has(why)) process.stderr.write(`payment.confirm: ${why}\n`);
    told.add(why);
  };
  return async (confirmation) => {
    const token = options.token ?? (await access?.token('app', 'payment-provider'));
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'payment.confirm', params: confirmation });
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    try {
      const error = await errorOf(await fetch(address, { method: 'POST', headers, body }));
      if (error === undefined) return;
      const { message, data } = error;
      tell(data?.refusal === undefined ? message : `${data.refusal}: ${message}`);
      // What is refused of the payment stays refused; anything else may be otherwise when it is said again.
      if (!data?.refusal?.startsWith('payment_')) throw new NotTaken();
    } catch (error) {
      if (!(error instanceof NotTaken)) tell(`${address}: ${reasonOf(error)}`);
      throw error;
    }
  };
}

class NotTaken extends Error {}

/** Of what is not JSON, that it is not. */
async function errorOf(response: Response): Promise<RpcError | undefined> {
  const text = await response.text();
  try {
    return (JSON.parse(text) as { readonly error?: RpcError }).error;
  } catch {
    throw new Error(`answered ${response.status} and no JSON: is it a Strowger router?`);
  }
}

/** What `fetch` throws says that it failed, and its cause why. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error ? cause.message : message;
}
