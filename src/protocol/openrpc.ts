// The interface as an OpenRPC document, made from the tables that validate: for rpc.discover and GET /openrpc.json.
//
// OpenRPC has no word for notifications, for requests of the server to its clients, or for rights; they are extensions:
// `x-notifications`, `x-requests` and, on each method, `x-roles`, `x-changes`, `x-creates`, `x-exactly-one`.

import type { TObject, TSchema } from '@sinclair/typebox';
import { eventNames, events, routerRequests } from './events.ts';
import { type MethodName, methodNames, methodSpec, refusalsOf } from './methods.ts';
import { refusals } from './refusals.ts';
import { collectShapes, shapeName } from './shapes.ts';

const openRpcVersion = '1.3.2';

export interface OpenRpcDocument {
  readonly openrpc: string;
  readonly info: Readonly<Record<string, unknown>>;
  readonly methods: readonly Readonly<Record<string, unknown>>[];
  readonly components: { readonly schemas: Readonly<Record<string, unknown>> };
  readonly 'x-notifications': readonly Readonly<Record<string, unknown>>[];
  readonly 'x-requests': readonly Readonly<Record<string, unknown>>[];
}

/** `version` is the product's. Plain JSON: nothing of the schema library is left in it. */
export function openRpcDocument(version: string): OpenRpcDocument {
  const document: OpenRpcDocument = {
    openrpc: openRpcVersion,
    info: {
      title: 'Strowger',
      version,
      description:
        'A durable contact router. JSON-RPC 2.0 over one WebSocket at /v1/rpc, or HTTP POST to the same path.',
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    methods: methodNames.map(methodObject),
    components: {
      schemas: Object.fromEntries(
        [...collectShapes()].map(([name, schema]) => [name, { ...schema, 'x-shape': undefined }]),
      ),
    },
    'x-notifications': eventNames.map((name) => ({
      name,
      summary: events[name].summary,
      'x-roles': events[name].to,
      params: contentDescriptors(events[name].params),
    })),
    'x-requests': Object.entries(routerRequests).map(([name, request]) => ({
      name,
      summary: request.summary,
      'x-roles': request.to,
      paramStructure: 'by-name',
      params: contentDescriptors(request.params),
      result: { name: 'result', schema: request.result },
    })),
  };
  return JSON.parse(JSON.stringify(document, withReferences));
}

/** Where a schema uses a shape, the document refers to the one description of it. */
function withReferences(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const name = shapeName(value as TSchema);
  return name === undefined ? value : { $ref: `#/components/schemas/${name}` };
}

function methodObject(name: MethodName): Readonly<Record<string, unknown>> {
  const spec = methodSpec(name);
  return {
    name,
    summary: spec.summary,
    paramStructure: 'by-name',
    params: contentDescriptors(spec.params),
    result: { name: 'result', schema: spec.result },
    errors: refusalsOf(name).map((refusal) => {
      const [code, message] = refusals[refusal];
      return { code, message, data: { refusal } };
    }),
    'x-roles': spec.roles,
    'x-changes': spec.changes,
    ...(spec.creates && { 'x-creates': spec.creates }),
    ...(spec.self && { 'x-self': spec.self }),
    ...(spec.exactlyOne && { 'x-exactly-one': spec.exactlyOne }),
    ...(spec.withheld && { 'x-withheld': spec.withheld }),
  };
}

/** Required parameters come first, as the specification wants it. */
function contentDescriptors(schema: TObject): Readonly<Record<string, unknown>>[] {
  const required = new Set<string>(schema.required ?? []);
  const descriptors = Object.entries<TSchema>(schema.properties).map(([name, property]) => ({
    name,
    required: required.has(name),
    ...(property.description && { description: property.description }),
    schema: property,
  }));
  return [...descriptors.filter((one) => one.required), ...descriptors.filter((one) => !one.required)];
}
