// `strowger explain CONTACT`: why a contact waited and who took it, from a running router or from a data directory.

import type { Command } from 'commander';
import { SystemClock, systemRandomness } from '../engine/clock.ts';
import { Explainer } from '../explain/explainer.ts';
import { explainedAgentsAskedMax, explainedAgentsMax, explanationMsMax } from '../limits.ts';
import type { AgentStanding, Explanation, ExplanationStep } from '../protocol/explanation.ts';
import { routerDefaults } from '../router-configuration.ts';
import { addCallOptions, type CallOptions, call } from './call.ts';
import { CommandError, UsageError } from './command-error.ts';
import { number } from './simulation-run.ts';
import { trialTenant } from './trial.ts';

interface ExplainOptions extends CallOptions {
  readonly dataDir?: string;
  readonly tenant?: string;
  readonly agent?: string;
  readonly agents: string;
  readonly json: boolean;
}

export function register(program: Command): void {
  addCallOptions(
    program
      .command('explain')
      .description('why a contact waited, who could have served it and why it went to whom')
      .argument('<contact>', 'its id')
      .option('--agent <id>', 'also tell how this agent stood, whenever that changed')
      .option('--agents <n>', 'agents listed with each search; all are counted', String(explainedAgentsMax)),
  )
    .option(
      '--data, --data-dir <folder>',
      'read this data directory instead of asking a router; one may be running on it',
    )
    .option('--tenant <id>', `whose folder in the data directory; by default the trial's, ${trialTenant}`)
    .option('--json', 'the explanation as JSON', false)
    .addHelpText('after', examples)
    .action((contactId: string, options: ExplainOptions) => explain(contactId, options));
}

const examples = `
Times are UTC. docs/explain.md says what each sentence rests on, and how far back explanations reach.

Examples:
  strowger explain c-4711
  strowger explain c-4711 --agent ann              why not ann?
  strowger explain c-4711 --data /var/lib/strowger --tenant bank --json`;

async function explain(contactId: string, options: ExplainOptions): Promise<void> {
  if (options.tenant !== undefined && options.dataDir === undefined)
    throw new UsageError('--tenant goes with --data-dir: a running router knows the tenant from the token');
  const question = {
    contactId,
    agentsMax: number('agents', options.agents, 1, explainedAgentsAskedMax),
    ...(options.agent !== undefined && { agentId: options.agent }),
  };
  const explanation =
    options.dataDir === undefined
      ? await call('contact.explain', question, { ...options, timeoutMs: 2 * explanationMsMax })
      : await fromFolder(options.dataDir, options.tenant ?? trialTenant, question);
  process.stdout.write(options.json ? `${JSON.stringify(explanation)}\n` : explanationText(explanation));
}

/** In the same process apart as beside a router: a damaged file may end it. */
async function fromFolder(
  dataDir: string,
  tenant: string,
  question: { readonly contactId: string; readonly agentId?: string },
): Promise<Explanation> {
  let trouble = '';
  const explainer = new Explainer({
    dataDir,
    memoryPagesMax: Math.floor(routerDefaults.coreMemoryBytes / 65_536),
    clock: new SystemClock(),
    uuid: () => systemRandomness.uuid(),
    onTrouble: (_, why) => {
      trouble = why;
    },
  });
  const answer = await explainer.explain(tenant, question);
  if ('result' in answer) return answer.result as Explanation;
  if ('bug' in answer) throw new CommandError(trouble);
  const { refusal, message, data } = answer.refusal;
  const since = data?.since as number | undefined;
  throw new CommandError(`${refusal}: ${message}${since === undefined ? '' : ` Since is ${timeOf(since)}.`}`);
}

/** The steps with their times, and under each search and choice what it rests on. */
export function explanationText(explanation: Explanation): string {
  const lines: string[] = [];
  const half = Math.ceil(explanation.steps.length / 2);
  let day = '';
  explanation.steps.forEach((step, at) => {
    const [date, time] = timeOf(step.at).split(' ') as [string, string];
    if (date !== day) lines.push(date);
    day = date;
    if (at === half && explanation.stepsLeftOut > 0) lines.push(`  … ${explanation.stepsLeftOut} steps left out …`);
    lines.push(`  ${time}  ${step.text}`);
    for (const detail of detailsOf(step)) lines.push(`                  ${detail}`);
  });
  const by = tellerTexts[explanation.toldBy];
  return `${[...lines, ...(by === undefined ? [] : ['', by])].join('\n')}\n`;
}

const tellerTexts: Readonly<Record<Explanation['toldBy'], string | undefined>> = {
  writer: undefined,
  newer: 'Decided by an older build of the core and told by this one, which came to the same decisions.',
  effects:
    'Decided by an older build of the core that cannot explain, and this one would have decided otherwise: only what happened is told.',
};

function detailsOf({ kind, agents, candidates }: ExplanationStep): string[] {
  if (kind === 'searched' && agents !== undefined && agents.length > 1) return agents.map(agentLine);
  if (kind !== 'chose' || candidates === undefined || candidates.length < 3) return [];
  return [...candidates]
    .sort((a, b) => Number(b.chosen) - Number(a.chosen) || b.weight - a.weight || b.rank - a.rank)
    .map(
      ({ contactId = 'forgotten', queueId = '', rank, weight, chosen, asked }) =>
        `${chosen ? '→' : '·'} ${contactId}${asked ? ' (this one)' : ''}: ${queueId}, weight ${weight}, rank ${rank}`,
    );
}

function agentLine({ text, place, idleMs, levels }: AgentStanding): string {
  if (place === undefined) return `· ${text}`;
  const terms = [
    `idle ${Math.round((idleMs ?? 0) / 1000)} s`,
    ...(levels !== undefined && levels > 0 ? [`levels ${levels}`] : []),
  ];
  return `${place}. ${text.replace(/\.$/, '')}: ${terms.join(', ')}.`;
}

function timeOf(at: number): string {
  return new Date(at).toISOString().replace('T', ' ').replace('Z', '');
}
