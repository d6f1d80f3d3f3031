// The command line: one file a command, each with register(program). What ends badly is told in a line on standard
// error, and the exit code says how: 0 done, 1 failed, 2 used wrongly. Only our own bugs show a stack.

import { Command, CommanderError } from 'commander';
import { CommandError, exitCodes } from './command-error.ts';
import * as config from './config.ts';
import * as demo from './demo.ts';
import * as reference from './reference.ts';
import * as replay from './replay.ts';
import * as serve from './serve.ts';
import * as token from './token.ts';

export function createProgram(): Command {
  const program = new Command('strowger')
    .description('A durable contact router: decides which agent serves which customer, and never forgets.')
    .version(reference.productVersion(), '--version')
    .showHelpAfterError('(--help says more)')
    .exitOverride()
    .addHelpText(
      'after',
      `
Examples:
  strowger serve --trial                     a router to try out; npm start does the same
  strowger demo                              a day of calls on it
  strowger token --role agent --sub ann      a token for it
  strowger config export                     what is set up

Exit codes: 0 done, 1 failed, 2 used wrongly.`,
    );
  for (const { register } of [serve, token, config, replay, demo, reference]) register(program);
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
    await createProgram().parseAsync(commandLine, { from: 'user' });
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
