// The settings as flags of a command.

import type { Command } from 'commander';
import { type Setting, settings } from './settings.ts';

export function addSettingOptions(command: Command): void {
  for (const { flag, variable, meaning, default: byDefault } of settings as readonly Setting[]) {
    const shown = byDefault === undefined ? '' : `; ${JSON.stringify(byDefault)} if nothing is said`;
    command.option(flag, `${meaning.split('. ')[0]!.replace(/\.$/, '')} (${variable}${shown})`);
  }
}
