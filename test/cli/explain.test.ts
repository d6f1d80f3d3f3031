// `strowger explain` on a data directory, and `replay --check-explanations`, as users run them.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Explanation } from '../../src/protocol/explanation.ts';
import { served } from '../explain/served-day.ts';
import { tenant } from '../journeys/router-harness.ts';
import { strowger } from './command-line.ts';

const folder = mkdtempSync(join(tmpdir(), 'strowger-cli-'));
const here = (commandLine: readonly string[]) => strowger(commandLine, { folder });

beforeAll(() => served(join(folder, 'data'), 3));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const where = ['--data', 'data', '--tenant', tenant];

describe('strowger explain', () => {
  test('tells each step with its time, and what it rests on', async () => {
    const { code, out, err } = await here(['explain', 'c2', ...where, '--agent', 'ann']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const lines = out
      .replaceAll(/\d\d:\d\d:\d\d\.\d\d\d/g, 'TIME')
      .replaceAll(/\d+(\.\d+)? m?s in all/g, 'D in all')
      .split('\n');
    expect(lines.slice(1)).toEqual([
      '  TIME  c2 came on voice for the queue sales.',
      '  TIME  ann was the only one free and was chosen.',
      '  TIME  ann was free.',
      '  TIME  It rang at ann, on the line ann.voice.1.',
      '  TIME  ann took it on the line ann.voice.1; it had waited D in all.',
      '',
    ]);
  });

  test('gives the same as JSON', async () => {
    const { code, out } = await here(['explain', 'c2', ...where, '--json']);
    const explanation = JSON.parse(out) as Explanation;
    expect({ code, agentId: explanation.agentId }).toEqual({ code: 0, agentId: 'ann' });
  });

  test('says in a line what is not there', async () => {
    expect(await here(['explain', 'c9', ...where])).toMatchObject({
      code: 1,
      err: 'contact_not_found: No contact has this id, or it is kept no longer.\n',
    });
    expect(await here(['explain', 'c2', '--data', 'data', '--tenant', 'globex'])).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^data\/tenants\/globex is no tenant's folder/),
    });
    expect(await here(['explain', 'c2', '--tenant', tenant])).toMatchObject({ code: 2 });
    expect(await here(['explain', 'c2', ...where, '--agents', '0'])).toMatchObject({ code: 2 });
  });
});

const calls = `vru+line,call_id,customer_id,priority,type,date,vru_entry,vru_exit,vru_time,q_start,q_exit,q_time,outcome,ser_start,ser_exit,ser_time,server
AA0101,1,0,0,PS,1999-08-02,9:00:00,9:00:10,10,0:00:00,0:00:00,0,AGENT,9:00:10,9:03:10,180,ANN
AA0102,2,0,0,PS,1999-08-02,9:01:00,9:01:10,10,9:01:10,9:03:20,130,AGENT,9:03:20,9:05:00,100,ANN
AA0103,3,0,0,PS,1999-08-02,9:01:30,9:01:40,10,9:01:40,9:02:40,60,HANG,0:00:00,0:00:00,0,NO_SERVER
`;

describe('strowger replay, in virtual time', () => {
  test('explains one contact, and checks all of them', async () => {
    writeFileSync(join(folder, 'calls.csv'), calls);
    const { code, out } = await here([
      'replay',
      'calls.csv',
      '--run-id',
      'day',
      '--explain',
      'day.2',
      '--check-explanations',
    ]);
    expect(out).toContain('day.2 came on voice for the queue replay.calls.');
    expect(out).toMatch(/Explanations: 3 contacts, each as it was decided: \d+ offers, withdrawals and connections/);
    expect(code).toBe(0);
  });

  test('has no contact that is not in the recording, and nothing to explain beside a running router', async () => {
    expect(await here(['replay', 'calls.csv', '--explain', 'nobody'])).toMatchObject({
      code: 1,
      err: expect.stringMatching(/--explain: no contact of the replay is called nobody/),
    });
    expect(await here(['replay', 'calls.csv', '--speed', 'max', '--check-explanations'])).toMatchObject({ code: 2 });
  });
});
