// `strowger switch-sim` and `strowger conformance` as a user meets them, on a trial router.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ConformanceReport } from '../../src/conformance/run.ts';
import type { SwitchNumbers } from '../../src/simulation/switch/switch-account.ts';
import { ended, launch, type Served, serve, strowger } from '../cli/command-line.ts';

const folder = mkdtempSync(join(tmpdir(), 'strowger-switches-'));
let router: Served;
beforeAll(async () => {
  router = await serve(['--trial'], { folder });
});
afterAll(async () => {
  await router?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const here = (...commandLine: string[]) =>
  strowger(commandLine, { folder, environment: { STROWGER_URL: router.said.url } });
const untilSaid = (child: ReturnType<typeof launch>, text: string) =>
  new Promise<void>((resolve) => {
    child.stderr!.on('data', (part) => {
      if (String(part).includes(text)) resolve();
    });
  });

describe('switch-sim', () => {
  test('brings calls to the agents of the trial, stops by itself, and accounts for each', async () => {
    const { code, out, err } = await here(
      'switch-sim',
      '--for',
      '4',
      '--rate',
      '240',
      '--talk',
      '0.5',
      '--json',
      '--shares',
      'busy=20',
    );
    expect(err).toBe('');
    expect(code).toBe(0);
    const numbers = JSON.parse(out) as SwitchNumbers & { stopped: boolean };
    expect(numbers.calls).toBeGreaterThan(0);
    expect(numbers).toMatchObject({
      waiting: 0,
      talking: 0,
      legs: 0,
      reportsUnanswered: 0,
      troubles: [],
      stopped: false,
    });
    expect(numbers.rings).toBeGreaterThan(0);
  });

  test('ends its calls when it is interrupted, and says what became of them', async () => {
    const commandLine = ['switch-sim', '--rate', '600', '--talk', '600', '--agents', 'ann'];
    const child = launch(commandLine, { folder, environment: { STROWGER_URL: router.said.url } });
    const end = ended(child);
    await untilSaid(child, 'calls');
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    child.kill('SIGINT');
    const { code, out, err } = await end;
    expect(code).toBe(0);
    expect(err).toContain('stopping: everybody hangs up');
    expect(out).toMatch(/^calls +\d+, of which 0 came while nobody routed$/m);
    expect(out).not.toContain('still there');
    const { out: left } = await here('switch-sim', '--calls', '1', '--patience', '0.05', '--agents', 'none', '--json');
    expect(JSON.parse(left)).toMatchObject({ calls: 1, hungUpWaiting: 1, rings: 0 });
  });

  test.each([
    [['--rate', 'often'], /^--rate must be a number/],
    [['--shares', 'busy=60,rejects=60'], /^--shares: busy, rejects, noAnswer, unreachable together are more than 100/],
    [['--shares', 'tired=5'], /^--shares: tired is none of busy/],
    [['--away', 'cry'], /^--away must be one of wait, serve, refuse/],
    [['--telephone', '123=sings'], /^--telephone 123=sings: a number or a line/],
    [['--token', 'x', '--agents', 'ann'], /^--agents needs the secret/],
    [['--url', 'http://127.0.0.1'], /^--url must begin with ws/],
  ])('refuses %j', async (flags, says) => {
    const { code, err, out } = await here('switch-sim', ...flags);
    expect(out).toBe('');
    expect(err).toMatch(says);
    expect(code).toBe(2);
  });

  test('says that there is no router, and that a token is none', async () => {
    const flags = ['--url', 'ws://127.0.0.1:1/v1/rpc', '--connect-timeout', '0.3'];
    const nobody = await here('switch-sim', ...flags);
    expect(nobody).toMatchObject({ code: 1, out: '' });
    expect(nobody.err).toMatch(/^no router at ws:\/\/127\.0\.0\.1:1/);
    const refused = await here('switch-sim', '--token', 'nonsense');
    expect(refused).toMatchObject({ code: 1, out: '' });
    expect(refused.err).toContain('token_invalid');
  });
});

describe('conformance', () => {
  test('prints its cases as a specification, without a router', async () => {
    for (const of of ['router', 'switch']) {
      const { code, out } = await strowger(['conformance', of, '--list'], { folder });
      expect(code).toBe(0);
      expect(out).toMatch(/^The life of legs\n\n {2}\S+: .*\n {4}1\. /);
      const { out: json } = await strowger(['conformance', of, '--list', '--json'], { folder });
      expect(JSON.parse(json)[0].cases[0]).toMatchObject({ name: expect.any(String), steps: expect.any(Array) });
    }
  });

  test('plays cases with a router, and leaves nothing behind', async () => {
    const before = await here('config', 'export', '--json');
    const { code, out } = await here('conformance', 'router', '--only', 'hold', 'telephone-busy', '--wait', '10');
    expect(out).toMatch(/^passed {3}hold-and-resume: /m);
    expect(out).toMatch(/\n2 passed, 0 failed, 0 not played\n$/);
    expect(code).toBe(0);
    const after = await here('config', 'export', '--json');
    expect(after.out).toBe(before.out);
  });

  test('plays with tokens what can be played with them, and says what cannot', async () => {
    const { switch: token, agent } = router.said.tokens!;
    const tokens = ['--token', token!, '--agent-token', agent!, '--queue', 'sales'];
    const only = ['--only', 'joined-connects', 'ring-says-where'];
    const { code, out } = await here('conformance', 'router', ...tokens, ...only, '--json');
    const report = JSON.parse(out) as ConformanceReport;
    expect(report.cases.map(({ name, outcome }) => [name, outcome])).toEqual([
      ['joined-connects', 'passed'],
      ['ring-says-where', 'skipped'],
    ]);
    expect(code).toBe(0);
  });

  test('plays cases with a switch that a program operates', async () => {
    const { main, script } = commandOf();
    const operator = `${process.execPath} --input-type=module -e '${script}' -- switch-sim --operated`;
    expect(main).toContain('dist');
    const flags = [
      '--listen',
      '127.0.0.1:0',
      '--operator',
      operator,
      '--only',
      'conversation',
      'again',
      '--telephone',
      'busy=',
    ];
    const { code, out, err } = await here('conformance', 'switch', ...flags, '--wait', '10');
    expect(out).toMatch(/^passed {3}conversation: /m);
    expect(out).toMatch(/not played: no number was given for: busy/);
    expect([code, out.includes('\nfailed')], err).toEqual([0, false]);
  });

  test('says when no switch comes, and gives up', async () => {
    const flags = ['--listen', '127.0.0.1:0', '--operator-wait', '0.1', '--wait', '0.1'];
    const { code, out, err } = await here('conformance', 'switch', ...flags);
    expect(out).toContain('came:     none within 100 ms');
    expect(err).toContain('0 passed, 2 failed, 0 not played, stopped before the end');
    expect(code).toBe(1);
  });

  test.each([
    [['router', '--token', 'x'], /^--token and --agent-token go together/],
    [['router', '--token', 'x', '--agent-token', 'y'], /^tokens need --queue/],
    [['router', '--only', 'nothing-of-the-kind'], /^--only: no case is called so/],
    [['router', '--wait', 'long'], /^--wait must be a number/],
    [['switch', '--listen', 'here'], /^--listen: here is no host:port/],
    [['switch', '--telephone', 'sings=1'], /^--telephone sings=1: one of answers/],
  ])('refuses %j', async (flags, says) => {
    const { code, err } = await here('conformance', ...flags);
    expect(err).toMatch(says);
    expect(code).toBe(2);
  });

  test('says that the address is taken', async () => {
    const { port } = new URL(router.said.url);
    const { code, err } = await here('conformance', 'switch', '--listen', `127.0.0.1:${port}`);
    expect(err).toContain('the address is taken');
    expect(code).toBe(1);
  });
});

/** The same program as the tests run, for a shell. */
function commandOf(): { main: string; script: string } {
  const main = new URL('../../dist/src/cli/main.js', import.meta.url).href;
  const script = `process.exitCode = await (await import("${main}")).run(process.argv.slice(1))`;
  return { main, script };
}
