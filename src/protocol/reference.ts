// The reference of the interface as Markdown, made from the tables that validate. docs/reference.md is this text; a
// test keeps the two equal, `npm run docs` makes it anew.

import type { TObject, TSchema } from '@sinclair/typebox';
import { eventNames, events, routerRequests } from './events.ts';
import { expectation } from './expectation.ts';
import { features } from './features.ts';
import { idRule, nameRule } from './ids.ts';
import { generalRefusals } from './methods/method.ts';
import { type MethodName, methodGroups, methodSpec, takesRequestId } from './methods.ts';
import { queuePolicyDefaults } from './queue-policy.ts';
import { type RefusalName, refusals } from './refusals.ts';
import { collectShapes, shapeName } from './shapes.ts';

export function reference(): string {
  const parts = [
    introduction(),
    '## Methods',
    ...methodGroups.flatMap(({ title, methods }) => [`### ${title}`, ...methods.map(methodChapter)]),
    '## Notifications',
    'Every notification also carries `seq`. Clients ignore members that they do not know.',
    ...eventNames.map((name) =>
      chapter(name, events[name].summary, `To: ${events[name].to.join(', ')}`, members(events[name].params)),
    ),
    '## Requests of the router',
    ...Object.entries(routerRequests).map(([name, request]) =>
      chapter(name, request.summary, `To: ${request.to.join(', ')}`, members(request.params)),
    ),
    '## Shapes',
    ...[...collectShapes()].map(([name, schema]) => `#### ${name}\n\n${memberTable(schema)}`),
    '## The defaults of a queue, and why',
    table(
      ['policy', 'default', 'why'],
      Object.entries(queuePolicyDefaults).map(([name, { value, why }]) => [`\`${name}\``, code(value), why]),
    ),
    '## Refusals',
    'A refusal changes nothing. Codes and names never change their meaning.',
    table(
      ['code', 'name', 'meaning'],
      Object.entries(refusals).map(([name, [number, meaning]]) => [`${number}`, `\`${name}\``, meaning]),
    ),
  ];
  return `${parts.join('\n\n')}\n`;
}

function introduction(): string {
  return `# Strowger: the interface

<!-- Made by \`npm run docs\` from src/protocol. Do not edit: a test compares. -->

JSON-RPC 2.0, both ways, over one WebSocket at \`/v1/rpc\` (text frames, one message or a batch array a frame) or, for
requests alone, HTTP POST to the same path. \`rpc.discover\` and \`GET /openrpc.json\` give this interface as an OpenRPC
document. Who you are says a JWT in the \`Authorization\` header or in \`session.open\`, with the claims \`tenant\`, \`role\`
and \`sub\`.

- Parameters are given by name; one that is not named here is refused. Results and notifications may carry members that
  you do not know: ignore them.
- Ids are yours, unique in the tenant: ${idRule}.
  Names (of skills, channels, reasons): ${nameRule}.
  Times are integer milliseconds since the epoch, durations end in \`Ms\`.
- What creates a thing carries its id: sent again with the same content it succeeds again and changes nothing. Every
  other method that changes something takes a \`requestId\` for that: a repetition gets the first answer.
- A response comes before the notifications that it caused, and nothing is said before it is durable.
- An error is \`{code, message, data}\`. Below zero as in the standard: -32700 no JSON, -32600 no request, -32601 no such
  method, -32602 wrong parameters (\`data.path\` says which), -32603 a bug of ours (\`data.reference\` finds it in our
  log). Above zero a refusal: \`data.refusal\` is its name. What is looked at first: the method, then your
  role, then the parameters, then what the method says.
- Any request may be refused with ${generalRefusals.map((name) => `\`${name}\``).join(', ')}.

\`session.open\` says in \`capabilities.features\` what else there is: ${Object.entries(features)
    .map(([name, meaning]) => `\`${name}\` (${meaning.replace(/\.$/, '')})`)
    .join('; ')}.`;
}

function methodChapter(name: MethodName): string {
  const spec = methodSpec(name);
  const notes = [
    `Roles: ${spec.roles.join(', ')}`,
    ...(spec.creates ? [`Creates by \`${spec.creates}\``] : []),
    ...(spec.self
      ? [`An agent may leave out \`${spec.self}\`, and may only name itself; other roles must give it`]
      : []),
    ...(spec.exactlyOne ? [`Exactly one of ${spec.exactlyOne.map((one) => `\`${one}\``).join(' and ')}`] : []),
    ...Object.entries(spec.withheld ?? {}).map(
      ([role, names]) => `Not for the role ${role}: ${names.map((one) => `\`${one}\``).join(', ')}`,
    ),
  ].join('. ');
  const own: RefusalName[] = [...spec.refusals];
  if (takesRequestId(name)) own.push('request_id_reused_with_different_content', 'first_answer_erased');
  const refused = own.length === 0 ? '' : `Refusals: ${own.map((refusal) => `\`${refusal}\``).join(', ')}.`;
  return chapter(name, spec.summary, notes, members(spec.params), results(spec.result), refused);
}

function chapter(name: string, summary: string, notes: string, ...parts: string[]): string {
  return [`#### ${name}`, summary, `${notes}.`, ...parts.filter((part) => part !== '')].join('\n\n');
}

function results(schema: TSchema): string {
  if (schema.properties !== undefined && Object.keys(schema.properties).length === 0) return 'Result: no members.';
  const said = members(schema);
  return said.startsWith('|') ? `Result:\n\n${said}` : `Result: ${said}`;
}

/** The members of an object, or where the reference says them. */
function members(schema: TSchema): string {
  const name = shapeName(schema);
  return name === undefined ? memberTable(schema) : `${link(name)}.`;
}

function link(shape: string): string {
  return `[${shape}](#${shape.toLowerCase()})`;
}

/** A table, with the members of objects inside under their path. */
function memberTable(schema: TSchema): string {
  const rows = [...memberRows(schema, '')];
  if (rows.length === 0) return schema.properties === undefined ? 'An object.' : 'No members.';
  return table(['member', '', 'what it is'], rows);
}

function* memberRows(schema: TSchema, under: string): Generator<string[]> {
  const required = new Set<string>(schema.required ?? []);
  for (const [name, property] of Object.entries<TSchema>((schema as TObject).properties ?? {})) {
    const path = `${under}${name}`;
    const byDefault = property.default === undefined ? '' : ` Default ${code(property.default)}.`;
    const presence = required.has(name) ? '' : 'optional';
    yield [`\`${path}\``, presence, `${property.description ?? ''} _${typeWords(property)}_.${byDefault}`.trim()];
    const content = inside(property);
    for (const kind of kindsOf(content))
      if (shapeName(kind) === undefined) yield* memberRows(kind, content === property ? `${path}.` : `${path}[].`);
  }
}

/** What it may be: one, or several kinds of objects where no words of its own say what they are. */
function kindsOf(schema: TSchema): readonly TSchema[] {
  return schema.anyOf === undefined || schema['x-type'] ? [schema] : schema.anyOf;
}

function inside(schema: TSchema): TSchema {
  return schema.type === 'array' ? schema.items : schema;
}

function typeWords(schema: TSchema): string {
  const name = shapeName(schema);
  if (name !== undefined) return link(name);
  if (schema['x-type']) return schema['x-type'];
  if (schema.anyOf) return [...new Set(kindsOf(schema).map(typeWords))].join(' or ');
  const words = expectation(schema);
  if (schema.type === 'array') return `${words}, each ${typeWords(schema.items)}`;
  if (schema.patternProperties === undefined) return words;
  const [member] = Object.values<TSchema>(schema.patternProperties);
  return member === undefined || member.type === undefined ? words : `${words}, each ${expectation(member)}`;
}

function code(value: unknown): string {
  return `\`${JSON.stringify(value)}\``;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), `|${' --- |'.repeat(head.length)}`, ...rows.map(line)].join('\n');
}
