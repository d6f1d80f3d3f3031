import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CsvFileError } from '../../src/simulation/csv-records.ts';
import { bankMappingFile, parseMapping, readMapping } from '../../src/simulation/mapping.ts';
import { DamagedRecordingError, type ReadOptions, readRecording } from '../../src/simulation/recording.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'strowger-reading-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const header =
  'vru+line,call_id,customer_id,priority,type,date,vru_entry,vru_exit,vru_time,q_start,q_exit,q_time,outcome,ser_start,ser_exit,ser_time,server';
const served =
  'AA0213,24281,33052234,1,PS,1999-08-01,10:00:45,10:00:51,6,10:00:51,10:01:33,42,AGENT,10:01:32,10:03:08,96,VICKY';
const hungUp =
  'AA0110,37846,0,2,NW,1999-08-01,11:11:51,11:11:57,6,11:11:57,11:12:09,12,HANG,0:00:00,0:00:00,0,NO_SERVER';
const atOnce = 'AA0104,31129,0,0,PS,1999-08-01,10:00:21,10:00:31,10,0:00:00,0:00:00,0,AGENT,10:00:30,10:02:09,99,NAAMA';

function file(lines: readonly string[]): string {
  const path = join(folder, `calls-${Math.abs(hash(lines.join('\n')))}.csv`);
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
}

function hash(text: string): number {
  let value = 0;
  for (const character of text) value = (Math.imul(value, 31) + character.charCodeAt(0)) | 0;
  return value;
}

const bank = readMapping(bankMappingFile);
const read = (lines: readonly string[], options?: ReadOptions) => readRecording(file(lines), bank, options);

describe('a recording in the bank’s format', () => {
  it('gives calls in the order of their arrival, whatever the order of the lines', async () => {
    const { calls, damagedCount } = await read([header, hungUp, served, atOnce]);
    expect(damagedCount).toBe(0);
    expect(calls.map((call) => [call.line, new Date(call.arrivedAt).toISOString(), call.waitMs])).toEqual([
      [4, '1999-08-01T07:00:30.000Z', 0],
      [3, '1999-08-01T07:00:51.000Z', 42_000],
      [2, '1999-08-01T08:11:57.000Z', 12_000],
    ]);
  });

  it('has the agent and the service of those who were served, and neither of those who hung up', async () => {
    const { calls } = await read([header, served, hungUp]);
    expect(calls[0]).toMatchObject({ outcome: 'served', agent: 'VICKY', serviceMs: 96_000, customer: '33052234' });
    expect(calls[1]).toMatchObject({ outcome: 'hungUp', agent: undefined, serviceMs: undefined, customer: undefined });
  });

  it('leaves out, and counts, phantoms and those who never reached the queue', async () => {
    const phantom = served.replace('AGENT', 'PHANTOM');
    const inMenu = hungUp.replace('11:11:57,11:12:09,12,HANG', '0:00:00,0:00:00,0,HANG');
    const { calls, skipped, rows } = await read([header, phantom, inMenu, inMenu.replace('37846', '5'), served]);
    expect(calls).toHaveLength(1);
    expect(rows).toBe(4);
    expect([...skipped]).toEqual([
      ['outcome is PHANTOM', 1],
      ['hung up before the queue (no q_start)', 2],
    ]);
  });

  it('carries a call over midnight: times of day before its beginning are of the next day', async () => {
    const line =
      'AA0202,45979,5,1,PS,1999-08-02,23:59:35,23:59:35,0,23:59:41,0:01:20,99,AGENT,0:01:19,0:02:44,85,GELBER';
    const { calls } = await read([header, line]);
    expect(calls[0]).toMatchObject({ day: '1999-08-02', waitMs: 99_000, serviceMs: 85_000 });
    expect(new Date(calls[0]!.serviceStartAt!).toISOString()).toBe('1999-08-02T21:01:19.000Z');
  });

  it('keeps to the days that are asked for, both ends included', async () => {
    const days = ['1999-08-01', '1999-08-02', '1999-08-03', '1999-08-04'].map((day) =>
      served.replace('1999-08-01', day),
    );
    const { calls } = await read([header, ...days], { from: '1999-08-02', to: '1999-08-03' });
    expect(calls.map((call) => call.day)).toEqual(['1999-08-02', '1999-08-03']);
  });
});

describe('a damaged line', () => {
  const cases: readonly (readonly [string, string, RegExp])[] = [
    ['too few fields', served.split(',').slice(0, 16).join(','), /16 fields where the header has 17/],
    ['an unknown outcome', served.replace('AGENT', 'AGNET'), /outcome is "AGNET", an outcome that the mapping/],
    [
      'no time',
      served.replace('10:00:51,10:01:33', '10h00,10:01:33'),
      /q_start is "10h00", not a time written H:mm:ss/,
    ],
    ['a minute too many', served.replace('10:00:51,10:01:33', '10:60:51,10:01:33'), /q_start is "10:60:51"/],
    ['no date', served.replace('1999-08-01', '01.08.1999'), /date is "01.08.1999", not a date written YYYY-MM-DD/],
    ['a day that does not exist', served.replace('1999-08-01', '1999-02-30'), /a day that does not exist/],
    ['a negative duration', served.replace(',42,', ',-42,'), /q_time is "-42", not a duration/],
    ['no id', served.replace('AA0213', ''), /vru\+line is empty/],
    ['a stray quotation mark', served.replace('VICKY', 'VI"CKY'), /quotation mark stands inside a field/],
    ['the same call twice', atOnce, /stands on line 2 already/],
  ];

  it.each(cases)('with %s is named by its number and the reason, and the rest is read', async (_, line, reason) => {
    const { calls, damaged, damagedCount } = await read([header, atOnce, line, hungUp]);
    expect(damagedCount).toBe(1);
    expect(damaged[0]!.line).toBe(3);
    expect(damaged[0]!.reason).toMatch(reason);
    expect(calls.map((call) => call.line)).toEqual([2, 4]);
  });

  it.each(cases)('with %s stops a strict reading', async (_, line, reason) => {
    const reading = read([header, atOnce, line, hungUp], { strict: true });
    await expect(reading).rejects.toThrow(DamagedRecordingError);
    await expect(reading).rejects.toThrow(reason);
    await expect(reading).rejects.toThrow('line 3:');
  });

  it('is counted beyond as many as are kept', async () => {
    const bad = Array.from({ length: 150 }, (_, index) => served.replace('AGENT', `X${index}`));
    const { damaged, damagedCount } = await read([header, ...bad, hungUp]);
    expect(damagedCount).toBe(150);
    expect(damaged).toHaveLength(100);
    expect(damaged.at(-1)!.line).toBe(101);
  });
});

describe('a file that cannot be read as a whole', () => {
  it('says which file is not there', async () => {
    await expect(readRecording(join(folder, 'absent.csv'), bank)).rejects.toThrow(/cannot read .*absent\.csv/);
    await expect(readRecording(folder, bank)).rejects.toThrow(CsvFileError);
  });

  it('says which columns are missing', async () => {
    const without = header.replace('q_time', 'queue_time').replace('server', 'agent');
    await expect(read([without, served])).rejects.toThrow(/has no column q_time, server/);
  });

  it('says that it is empty', async () => {
    await expect(read([])).rejects.toThrow(/is empty/);
  });

  it('says where a record is longer than a record can be', async () => {
    const line = `"${'x'.repeat(70_000)}",1`;
    await expect(read([header, served, line, hungUp])).rejects.toThrow(/line 3: a record is longer than 65536 bytes/);
  });

  it('says where a quotation mark opens that never closes', async () => {
    await expect(read([header, served, `"${hungUp}`])).rejects.toThrow(
      /line 3: a quotation mark is opened and never closed/,
    );
  });
});

describe('a mapping', () => {
  const simple = `
format: 1
name: another format
csv: { delimiter: ';' }
time: { zone: UTC, format: 'DD.MM.YYYY HH:mm:ss' }
call:
  id: ref
  arrival: came
  wait: { until: [taken, left] }
  serviceStart: taken
  service: { until: left }
  agent: who
outcome: { column: how, served: [ok], hungUp: [lost] }
routing: { queues: [{ queueId: all }] }
`;

  it('reads another format: dates and times in one column, durations from their ends', async () => {
    const mapping = parseMapping(simple, 'simple.yaml');
    const path = file([
      'ref;came;taken;left;who;how',
      '1;31.12.2023 23:59:50;01.01.2024 00:00:10;01.01.2024 00:01:10;ada;ok',
      '2;31.12.2023 23:59:55;;01.01.2024 00:00:00;;lost',
      '3;31.12.2023 23:59:55;;31.12.2023 23:59:00;;lost',
    ]);
    const { calls, damaged } = await readRecording(path, mapping);
    expect(calls).toMatchObject([
      { id: '1', type: 'call', waitMs: 20_000, serviceMs: 60_000, agent: 'ada', day: '2023-12-31' },
      { id: '2', waitMs: 5_000, outcome: 'hungUp', agent: undefined },
    ]);
    expect(damaged).toEqual([{ line: 4, reason: 'taken, left lies before what it ends' }]);
  });

  it.each([
    ['that is no YAML', 'format: [', /mapping\.yaml is not a mapping/],
    ['of an unknown format', simple.replace('format: 1', 'format: 2'), /format: Expected 1/],
    ['with a setting nobody knows', simple.replace('name:', 'nmae:'), /nmae|name/],
    ['with an unknown zone', simple.replace('UTC', 'Mars/Olympus'), /Mars\/Olympus is no time zone/],
    ['without a date anywhere', simple.replace('DD.MM.YYYY ', ''), /must name year, month, day, hour and minute/],
    ['with an outcome twice', simple.replace('[lost]', '[lost, ok]'), /ok is listed twice/],
    [
      'with a queue after the one that takes all',
      simple.replace('[{ queueId: all }]', '[{ queueId: all }, { queueId: b }]'),
      /all takes all types/,
    ],
  ])('%s is refused with what is wrong', (_, text, reason) => {
    expect(() => parseMapping(text, 'mapping.yaml')).toThrow(reason);
  });
});
