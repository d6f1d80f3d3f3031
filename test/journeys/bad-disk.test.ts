// Data directories that are not as they should be: full, of another version, somebody else's. A clear error, nothing lost.

import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { RefusedError } from '../../src/client/errors.ts';
import { lastingPort, RouterProcess, temporaryFolder, tenant } from './router-harness.ts';

async function running(folder: string): Promise<RouterProcess> {
  const router = new RouterProcess({ folder, port: await lastingPort() });
  onTestFinished(() => router.close());
  return router.listening();
}

/** What it says when it cannot start, and its exit. */
async function refused(folder: string): Promise<{ code: number | null; stderr: string }> {
  const router = new RouterProcess({ folder });
  onTestFinished(() => router.close());
  const { code } = await router.exit;
  return { code, stderr: router.stderr };
}

describe('a data directory', () => {
  test('of another version is named, with both versions, and left as it is', async () => {
    const folder = temporaryFolder();
    const first = await running(folder);
    await first.rpc('admin', 'boss', 'queue.set', { queueId: 'sales', channels: ['voice'] });
    await first.kill('SIGTERM');
    const path = join(first.dataDir, 'tenants', tenant, 'FORMAT');
    const format = readFileSync(path, 'utf8');
    writeFileSync(path, format.replace(/version \d+/, 'version 9'));
    const { code, stderr } = await refused(folder);
    expect(code).toBe(1);
    expect(stderr).toContain(path);
    expect(stderr).toMatch(/version 9.*version 1/);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    writeFileSync(path, format);
    const again = await running(folder);
    expect((await again.rpc('admin', 'boss', 'queue.list')).result).toMatchObject({ queues: [{ queueId: 'sales' }] });
  });

  test('in use by another process is left to that process', async () => {
    const folder = temporaryFolder();
    const first = await running(folder);
    const { code, stderr } = await refused(folder);
    expect(code).toBe(1);
    expect(stderr).toMatch(/tenants\/acme is in use by another process/);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect((await fetch(`${first.http}/ready`)).status).toBe(200);
    // Killed, it holds nothing any more.
    await first.kill('SIGKILL');
    await running(folder);
  });

  test('that cannot be written is named', async () => {
    const folder = temporaryFolder();
    const tenants = join(folder, 'data', 'tenants');
    mkdirSync(join(folder, 'data'));
    writeFileSync(tenants, 'a file where a folder should be');
    const { code, stderr } = await refused(folder);
    expect(code).toBe(1);
    expect(stderr).toContain(tenants);
  });
});

/** A small file system of its own, or undefined where that is not permitted. */
function smallDisk(mebibytes: number): string | undefined {
  const disk = temporaryFolder();
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'tmpfs', disk], { stdio: 'ignore' });
  } catch {
    return undefined;
  }
  onTestFinished(() => {
    execFileSync('umount', ['-l', disk], { stdio: 'ignore' });
    rmSync(disk, { recursive: true, force: true });
  });
  return disk;
}

function freeBytes(disk: string): number {
  const { bavail, bsize } = statfsSync(disk);
  return bavail * bsize;
}

describe('a full disk', () => {
  test('is told as overloaded, loses nothing that was acknowledged, and service resumes when there is room', async (context) => {
    const disk = smallDisk(48);
    if (disk === undefined) context.skip('mounting a tmpfs is not permitted here');
    const folder = join(disk!, 'router');
    mkdirSync(folder);
    let router = await running(folder);
    await router.rpc('admin', 'boss', 'queue.set', { queueId: 'sales', channels: ['voice'] });
    const ballast = join(disk!, 'ballast');
    writeFileSync(ballast, new Uint8Array(freeBytes(disk!) - 3 * 1_048_576));

    const sw = await router.open('switch', 'sw1');
    const made: string[] = [];
    const turnedAway: string[] = [];
    const wish = (contactId: string) => {
      return { contactId, queueId: 'sales', channel: 'voice', attributes: { x: contactId.repeat(1_500) } };
    };
    const create = async (contactId: string) => {
      try {
        await sw.client.request('contact.create', wish(contactId), { retry: false });
        made.push(contactId);
      } catch (error) {
        if (!(error instanceof RefusedError)) throw error;
        expect(error.refusal).toBe('overloaded');
        expect(error.data.retryAfterMs).toBeGreaterThan(0);
        turnedAway.push(contactId);
      }
    };
    let number = 0;
    while (turnedAway.length < 30 && number < 4_000) {
      await Promise.all(Array.from({ length: 10 }, () => create(`c${++number}`)));
    }
    expect(turnedAway.length).toBeGreaterThanOrEqual(30);
    expect(made.length).toBeGreaterThan(20);
    expect((await fetch(`${router.http}/health`)).status).toBe(200);

    rmSync(ballast);
    // The client tries again by itself, as it is told to.
    await sw.call('contact.create', wish('afterwards'));
    made.push('afterwards');
    await allThere();
    await expect.poll(async () => (await fetch(`${router.http}/ready`)).status).toBe(200);
    expect(router.stderr).toMatch(/no space left on the disk/);

    await router.kill('SIGKILL');
    router = await new RouterProcess(router.settings).listening();
    const restarted = router;
    onTestFinished(() => restarted.close());
    await sw.until('its session', () => sw.client.isOpen && sw.states.length > 1);
    await allThere();

    async function allThere(): Promise<void> {
      const { contacts } = await listed();
      expect(contacts.map(({ contactId }) => contactId).sort()).toEqual([...made].sort());
      for (const { contactId, attributes } of contacts) expect(attributes).toEqual(wish(contactId).attributes);
    }

    async function listed() {
      const contacts: { contactId: string; attributes?: unknown }[] = [];
      for (let cursor: string | undefined; ; ) {
        const page = await sw.call('contact.list', { limit: 100, ...(cursor && { cursor }) });
        contacts.push(...page.contacts);
        cursor = page.cursor;
        if (cursor === undefined) return { contacts };
      }
    }
  });
});
