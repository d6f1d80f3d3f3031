// `strowger doctor`: looks at a machine, an installation and a configuration, and says what is wrong and what to do, a
// line each, safe beside a running router.
//
// Exit codes: 0 nothing failed (there may be warnings), 1 something did, 2 used wrongly.

import type { Command } from 'commander';
import { examine, type Patient } from '../doctor/examination.ts';
import type { Finding, Status } from '../doctor/finding.ts';
import { SystemClock, systemRandomness } from '../engine/clock.ts';
import { CommandError } from './command-error.ts';
import { type ConfigurationSources, configurationFile, fileVariable, readConfiguration } from './configuration.ts';
import { addSettingOptions } from './setting-options.ts';
import { trialSecret, trialTenant } from './trial.ts';

interface DoctorOptions extends Readonly<Record<string, unknown>> {
  readonly json: boolean;
}

const secretBytes = 32;

export function register(program: Command): void {
  const doctor = program
    .command('doctor')
    .description('look for what is wrong with this machine, installation and configuration; changes nothing')
    .option('--config <file>', `settings, as YAML or JSON (variable ${fileVariable}); without any, those of the trial`)
    .option('--json', 'as JSON', false);
  addSettingOptions(doctor);
  doctor.addHelpText('after', examples).action((options: DoctorOptions) => run(options));
}

const examples = `
Takes the same flags, variables and file as \`strowger serve\`. Call it as the user that runs the router.
docs/operations.md says what each check looks at.

Examples:
  strowger doctor
  strowger doctor --config /etc/strowger/strowger.yaml
  strowger doctor --config strowger.yaml --json

Exit codes: 0 nothing failed (there may be warnings), 1 something did, 2 used wrongly.`;

async function run(options: DoctorOptions): Promise<void> {
  const counts: Record<Status, number> = { ok: 0, warn: 0, fail: 0 };
  const findings: Finding[] = [];
  for await (const finding of examine(patientOf(options))) {
    counts[finding.status] += 1;
    findings.push(finding);
    if (!options.json) process.stdout.write(lineOf(finding));
  }
  const status: Status = counts.fail > 0 ? 'fail' : counts.warn > 0 ? 'warn' : 'ok';
  if (options.json) process.stdout.write(`${JSON.stringify({ status, counts, findings }, null, 2)}\n`);
  const summary = `${counts.fail} failed, ${counts.warn} warnings, ${counts.ok} ok`;
  if (status === 'fail') throw new CommandError(summary);
  if (!options.json) process.stdout.write(`${summary}\n`);
}

function patientOf(options: DoctorOptions): Patient {
  const bare: ConfigurationSources = {
    flags: options,
    environment: process.env,
    folder: process.cwd(),
    ownSecret: () => systemRandomness.bytes(secretBytes),
  };
  const file = configurationFile(bare);
  const isTrial = file === undefined && options.tenant === undefined && !process.env.STROWGER_TENANTS;
  const sources = isTrial ? { ...bare, fallback: trialFallback } : bare;
  const around = { nodeVersion: process.versions.node, clock: new SystemClock() };
  const source = file ?? (isTrial ? 'the trial’s configuration' : 'what flags and variables say');
  try {
    const { configuration, faults, secretFile } = readConfiguration(sources);
    return { ...around, router: configuration.router, faults, secretFile, source };
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return { ...around, router: undefined, faults: [error.message], secretFile: undefined, source };
  }
}

/** What `serve --trial` would take; a secret is not made here. */
const trialFallback = {
  tenants: [{ tenant: trialTenant }],
  secret: (dataDir: string) => trialSecret(dataDir) ?? new Uint8Array(secretBytes),
};

function lineOf({ status, check, text, advice }: Finding): string {
  return `${status.padEnd(4)}  ${check}: ${text}${advice === undefined ? '' : `\n      → ${advice}`}\n`;
}
