// The shared shapes of the interface, found by walking the tables: what shape() has named, each once.

import type { TSchema } from '@sinclair/typebox';
import { eventNames, events, routerRequests } from './events.ts';
import { methodNames, methods } from './methods.ts';

/** Name and schema, in the order of their names. Throws when one name stands for two different schemas. */
export function collectShapes(): ReadonlyMap<string, TSchema> {
  const found = new Map<string, TSchema>();
  for (const name of methodNames) {
    collect(methods[name].params, found);
    collect(methods[name].result, found);
  }
  for (const name of eventNames) collect(events[name].params, found);
  for (const request of Object.values(routerRequests)) collect(request.params, found);
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function collect(schema: TSchema, found: Map<string, TSchema>): void {
  const name = shapeName(schema);
  if (name !== undefined) {
    const known = found.get(name);
    if (known !== undefined) {
      if (withoutWords(known) !== withoutWords(schema)) throw new Error(`two different shapes are called ${name}`);
      return;
    }
    found.set(name, schema);
  }
  for (const part of parts(schema)) collect(part, found);
}

/** Where the same shape is used with another description or default it is still the same shape. */
function withoutWords({ description: _, default: __, ...rest }: TSchema): string {
  return JSON.stringify(rest);
}

export function shapeName(schema: TSchema): string | undefined {
  return schema['x-shape'];
}

/** The schemas directly inside one. */
function parts(schema: TSchema): TSchema[] {
  return [
    ...Object.values<TSchema>(schema.properties ?? {}),
    ...Object.values<TSchema>(schema.patternProperties ?? {}),
    ...((schema.anyOf as TSchema[] | undefined) ?? []),
    ...(schema.items === undefined ? [] : [schema.items as TSchema]),
  ];
}
