// The command line: one file a command, each with register(program). What ends badly is told in a line on standard
// error, and the exit code says how: 0 done, 1 failed, 2 used wrongly. Only our own bugs show a stack.

import { Command, CommanderError } from 'commander';
import { CommandError, exitCodes } from './command-error.ts';
import { whenReaderGoes } from './lost-reader.ts';
import { productVersion } from './product-version.ts';

interface CommandModule {
  register(program: Command): void;
}

/** In the order of the help. Loaded when they are needed: a token should not wait for a router to be loaded. */
const commands: Readonly<Record<string, () => Promise<CommandModule>>> = {
  serve: () => import('./serve.ts'),
  doctor: () => import('./doctor.ts'),
  ready: () => import('./ready.ts'),
  token: () => import('./token.ts'),
  jwks: () => import('./jwks.ts'),
  config: () => import('./config.ts'),
  explain: () => import('./explain.ts'),
  statistics: () => import('./statistics.ts'),
  cdr: () => import('./cdr.ts'),
  customer: () => import('./customer.ts'),
  replay: () => import('./replay.ts'),
  simulate: () => import('./simulate.ts'),
  affinity: () => import('./affinity.ts'),
  theory: () => import('./theory.ts'),
  demo: () => import('./demo.ts'),
  asterisk: () => import('./asterisk.ts'),
  'switch-sim': () => import('./switch-sim.ts'),
  'payment-provider': () => import('./payment-provider.ts'),
  conformance: () => import('./conformance.ts'),
  reference: () => import('./reference.ts'),
};

/** With the one command that is called, or, where none is or help is asked for, with all. */
export async function createProgram(called: string | undefined): Promise<Command> {
  const program = new Command('strowger')
    .description('A durable contact router: decides which agent serves which customer, and never forgets.')
    .version(productVersion(), '--version')
    .showHelpAfterError('(--help says more)')
    .exitOverride()
    .addHelpText(
      'after',
      `
Examples:
  strowger serve --trial                     a router to try out; npm start does the same
  strowger demo                              a day of calls on it
  strowger switch-sim                        a switch with telephones on it
  strowger asterisk --config FILE            an Asterisk as a switch of it
  strowger payment-provider                  a payment provider that moves no money
  strowger conformance switch --list         what a switch must do
  strowger token --role agent --sub ann      a token for it
  strowger config export                     what is set up
  strowger doctor                            what is wrong with this machine
  strowger explain CONTACT                   why a contact waited and who took it
  strowger statistics queues                 what was counted of the queues today
  strowger cdr                               the records of finished contacts
  strowger customer conflicts                who may be one with whom, and waits for somebody to say so
  strowger customer export c1                everything that is kept about a person

Exit codes: 0 done, 1 failed, 2 used wrongly, 141 nobody reads its output any more.`,
    );
  const names = called !== undefined && Object.hasOwn(commands, called) ? [called] : Object.keys(commands);
  for (const name of names) (await commands[name]!()).register(program);
  forEachCommand(program, (command) => command.exitOverride().configureHelp({ showGlobalOptions: false }));
  return program;
}

function forEachCommand(command: Command, act: (command: Command) => void): void {
  act(command);
  for (const inner of command.commands) forEachCommand(inner, act);
}

/** Runs one command line (without `node` and the script) and returns its exit code. */
export async function run(commandLine: readonly string[]): Promise<number> {
  try {
    const program = await createProgram(commandLine[0]);
    await program.parseAsync(commandLine, { from: 'user' });
    return exitCodes.done;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
    if (error instanceof CommandError) {
      process.stderr.write(`${error.message}\n`);
      return error.exitCode;
    }
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    return exitCodes.failed;
  }
}

/** The same as a process of its own. */
export function main(commandLine: readonly string[]): Promise<number> {
  whenReaderGoes(commandLine[0] === 'serve');
  return run(commandLine);
}
