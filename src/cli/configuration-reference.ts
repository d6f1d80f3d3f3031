// docs/configuration.md as text, made from the table of settings; a test keeps the two equal, `npm run docs` makes it
// anew. Its example is checked by the same test.

import { expectation } from '../protocol/expectation.ts';
import { fileVariable, secretVariable } from './configuration.ts';
import { type Setting, settings } from './settings.ts';

export const exampleFile = `host: 0.0.0.0
port: 7700
dataDir: /var/lib/strowger
secretFile: /etc/strowger/secret
tls:
  certFile: /etc/strowger/cert.pem
  keyFile: /etc/strowger/key.pem
origins:
  - https://desk.example
tenants:
  - tenant: bank
    apply: bank.yaml
  - tenant: clinic
journalRetentionMs: 7776000000
platformNetworks:
  - 10.20.0.0/16
`;

export const exampleDocument = `version: 1
complete: true
tenant:
  name: The bank
queues:
  - queueId: regular
    channels: [voice, chat]
    offerMs: 15000
    wrapUpMs: 10000
    serviceLevel: { percent: 80, withinMs: 20000 }
  - queueId: gold
    channels: [voice]
    weight: 10
agents:
  - agentId: ann
    skills: { english: 10, loans: 7 }
    capacity: { voice: 1, chat: 3, total: 3 }
  - agentId: bob
    skills: { english: 6 }
    queues: [regular]
    capacity: { voice: 1 }
numberPlans:
  - planId: branches
    range: { prefix: '900' }
    accessIdLength: 5
    serialLength: 8
    checkDigit: luhn
platforms:
  - platformId: branch-north
    accessId: '90011'
    name: Branches in the north
    fetch:
      url: https://north.example/callers
      secret: whsec_bm90IGEgc2VjcmV0LCBhbiBleGFtcGxlIQ==
      networks: [10.20.0.0/16]
`;

export function configurationReference(): string {
  const parts = [
    '# Configuration',
    '<!-- Made by `npm run docs` from src/cli/settings.ts. Do not edit: a test compares. -->',
    `\`strowger serve\` takes each setting from its flag, else from its variable in the environment, else from the file that \`--config FILE\` or the variable \`${fileVariable}\` names (YAML or JSON), else its default. Everything is checked before anything starts, and a message says which flag, variable or place in the file is wrong. \`strowger serve --check\` only checks.`,
    'Paths in a file are relative to the file; others to where the command is called.',
    `The secret that signs tokens comes from \`secretFile\` or from the variable \`${secretVariable}\`.`,
    '## Settings',
    table(settings),
    '## An example',
    'The file of the router:',
    block(exampleFile),
    'and `bank.yaml` beside it, the document for `config.apply` (also `strowger config apply bank.yaml`); what may be in it says the [reference](reference.md#configdocument). Secrets of webhooks and platforms are in no export, and may be left out of a document where they are there already:',
    block(exampleDocument),
    '## For trial',
    '`strowger serve --trial` (which is `npm start`) needs none of this: it serves a tenant `trial` from `./data`, makes itself a secret and keeps it there, sets up a few queues and agents where there are none, and prints a token for each role. Flags and variables work with it all the same.',
  ];
  return `${parts.join('\n\n')}\n`;
}

function table(list: readonly Setting[]): string {
  const row = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [
    row(['setting', 'flag', 'variable', 'default', 'what it is']),
    '| --- | --- | --- | --- | --- |',
    ...list.map(({ key, flag, variable, schema, meaning, default: byDefault }) =>
      row([
        `\`${key}\``,
        `\`${flag}\``,
        `\`${variable}\``,
        byDefault === undefined ? '' : `\`${JSON.stringify(byDefault)}\``,
        `${meaning} _${capital(expectation(schema))}._`,
      ]),
    ),
  ].join('\n');
}

function capital(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function block(yaml: string): string {
  return `\`\`\`yaml\n${yaml}\`\`\``;
}
