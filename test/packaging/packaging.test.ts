// The container file and the unit, as far as they can be checked where neither an engine nor an init runs: what they name
// is there, and what they give the router is what it wants.

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { artifacts } from '../../src/artifacts.ts';
import { exitCodes } from '../../src/cli/command-error.ts';
import { createProgram } from '../../src/cli/main.ts';
import { type Setting, settings } from '../../src/cli/settings.ts';
import { descriptorsWanted } from '../../src/limits.ts';

const read = (name: string) => readFileSync(join(artifacts.root, name), 'utf8');
const instructions = read('Containerfile')
  .split('\n')
  .filter((line) => /^[A-Z]+ /.test(line))
  .map((line) => [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)] as const);
const all = (name: string) => instructions.filter(([instruction]) => instruction === name).map(([, rest]) => rest);
const unit = read('packaging/strowger.service');
const unitLines = (name: string) => [...unit.matchAll(new RegExp(`^${name}=(.*)$`, 'gm'))].map(([, value]) => value!);

async function flagsOf(command: string): Promise<string[]> {
  const program = await createProgram(command);
  return program.commands[0]!.options.map(({ long }) => long!);
}

describe('the container file', () => {
  it('copies what is there and what .dockerignore lets through, from stages that it has', () => {
    const passed = read('.dockerignore').split('\n');
    const stages = all('FROM').flatMap((from) => / AS (\w+)$/.exec(from)?.[1] ?? []);
    expect(passed).toContain('*');
    for (const copy of all('COPY')) {
      const words = copy.split(' ').slice(0, -1);
      const from = words[0]!.startsWith('--from=') ? words.shift()!.slice('--from='.length) : undefined;
      if (from !== undefined) expect(stages).toContain(from);
      else
        for (const source of words) {
          expect([source, existsSync(join(artifacts.root, source))]).toEqual([source, true]);
          expect(passed).toContain(`!${source.replace(/^\.\//, '')}`);
        }
    }
  });

  it('leaves nothing of what is ignored in the image, and takes the Node that is tested', () => {
    const passed = read('.dockerignore')
      .split('\n')
      .filter((line) => line.startsWith('!'));
    const copied = all('COPY').flatMap((copy) => copy.split(' ').slice(0, -1));
    for (const name of passed) expect(copied).toContain(name.slice(1));
    expect(new Set(all('FROM').map((from) => from.split(' ')[0]))).toEqual(
      new Set(['docker.io/library/node:20-bookworm-slim']),
    );
  });

  it('runs commands that there are, as another than root, and sets variables that are settings', async () => {
    expect(all('ENTRYPOINT')).toEqual(['["node", "--max-semi-space-size=64", "bin/strowger.js"]']);
    for (const rest of [...all('CMD'), ...all('HEALTHCHECK').map((one) => one.replace(/^.*CMD /, ''))]) {
      const command = (JSON.parse(rest) as string[]).filter((word) => !['node', 'bin/strowger.js'].includes(word))[0]!;
      expect((await createProgram(command)).commands.map((one) => one.name())).toEqual([command]);
    }
    const order = instructions.map(([name]) => name);
    expect(all('USER')).toEqual(['node']);
    expect(order.indexOf('USER')).toBeLessThan(order.indexOf('ENTRYPOINT'));
    const variables = all('ENV').flatMap((env) => env.split(' ').map((one) => one.split('=')[0]!));
    const known = ['NODE_ENV', ...settings.map(({ variable }) => variable as string)];
    for (const variable of variables) expect(known).toContain(variable);
    const dataDir = settings.find(({ key }: Setting) => key === 'dataDir')!.variable;
    expect(all('ENV')[0]).toContain(`${dataDir}=${all('VOLUME')[0]}`);
  });
});

describe('the unit', () => {
  it('starts what there is, with flags that there are', async () => {
    const [start] = unitLines('ExecStart');
    const [node, , script, command, ...flags] = start!.split(' ');
    expect([node, script, command]).toEqual(['/usr/bin/node', '/opt/strowger/bin/strowger.js', 'serve']);
    for (const flag of flags.filter((word) => word.startsWith('--'))) expect(await flagsOf('serve')).toContain(flag);
  });

  it('lets as many files be open as the router wants, and knows its exit codes', () => {
    expect(unitLines('LimitNOFILE')).toEqual([`${descriptorsWanted}`]);
    expect(unitLines('RestartPreventExitStatus')).toEqual([`${exitCodes.usage}`]);
    expect(unitLines('SuccessExitStatus')).toEqual(['143']);
    expect(unitLines('ExecReload')).toEqual(['/bin/kill -HUP $MAINPID']);
  });

  const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0 && existsSync('/usr/bin/node');
  it.skipIf(!hasSystemd)('is one by systemd-analyze, which is not everywhere', () => {
    const verified = spawnSync('systemd-analyze', ['verify', join(artifacts.root, 'packaging', 'strowger.service')]);
    expect({ status: verified.status, told: `${verified.stderr}` }).toEqual({ status: 0, told: '' });
  });
});
