// The OpenRPC document against what the specification (1.3) asks of one, and against the tables that it is made from.

import { createRequire } from 'node:module';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { eventNames } from '../../src/protocol/events.ts';
import { methodNames, refusalsOf } from '../../src/protocol/methods.ts';
import { openRpcDocument } from '../../src/protocol/openrpc.ts';

interface Descriptor {
  name: string;
  required?: boolean;
  schema: Record<string, unknown>;
}
interface Method {
  name: string;
  params: Descriptor[];
  result: Descriptor;
  paramStructure: string;
  errors: { code: number; message: string; data: { refusal: string } }[];
}

// What the package holds is not what its types say.
const { openrpcDocument: openRpcSchema } = createRequire(import.meta.url)('@open-rpc/meta-schema');
const draft7 = 'http://json-schema.org/draft-07/schema#';

/** The specification's own schema of documents. What it takes from elsewhere is JSON Schema's, which ajv has. */
function specification() {
  const { $schema: _, ...schema } = JSON.parse(
    JSON.stringify(openRpcSchema)
      .replaceAll('https://meta.json-schema.tools/#/definitions/JSONSchemaObject/', draft7.concat('/'))
      .replaceAll('"https://meta.json-schema.tools"', `"${draft7}"`),
  );
  return new Ajv({ strict: false, validateFormats: false }).compile(schema);
}

const document = JSON.parse(JSON.stringify(openRpcDocument('1.2.3')));
const methods = document.methods as Method[];

function* references(value: unknown): Generator<string> {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, member] of Object.entries(value)) {
    if (key === '$ref') yield member as string;
    else yield* references(member);
  }
}

describe('the OpenRPC document', () => {
  it('is one by the schema of the specification', () => {
    const isValid = specification();
    isValid(document);
    expect(isValid.errors).toBeNull();
    const [first, ...rest] = methods;
    const { params: _, ...withoutParams } = first!;
    for (const broken of [withoutParams, { ...first!, unknown: 1 }, { ...first!, result: 'text' }]) {
      expect(isValid({ ...document, methods: [broken, ...rest] })).toBe(false);
    }
  });

  it('has schemas that a JSON Schema library of somebody else takes', () => {
    const ajv = new Ajv({ strict: false, validateFormats: false });
    ajv.addSchema({ $id: 'document', components: document.components });
    const all = [...methods, ...document['x-notifications'], ...document['x-requests']] as Method[];
    for (const { name, params, result } of all) {
      for (const { schema } of result === undefined ? params : [...params, result]) {
        const absolute = JSON.stringify(schema).replaceAll('"#/components/', '"document#/components/');
        expect(() => ajv.compile(JSON.parse(absolute)), name).not.toThrow();
      }
    }
  });

  it('has the members that the specification requires, and extensions only under x-', () => {
    expect(document).toMatchObject({ openrpc: '1.3.2', info: { title: 'Strowger', version: '1.2.3' } });
    const known = ['openrpc', 'info', 'methods', 'components'];
    for (const member of Object.keys(document)) expect(known.includes(member) || member.startsWith('x-')).toBe(true);
    for (const method of methods) {
      const knownOfMethod = ['name', 'summary', 'paramStructure', 'params', 'result', 'errors'];
      for (const member of Object.keys(method)) {
        expect(knownOfMethod.includes(member) || member.startsWith('x-'), member).toBe(true);
      }
      expect(method.paramStructure).toBe('by-name');
      expect(method.result).toMatchObject({ name: 'result', schema: expect.any(Object) });
      for (const one of method.params)
        expect(one).toMatchObject({ name: expect.any(String), schema: expect.any(Object) });
    }
  });

  it('has every method and every notification once', () => {
    expect(methods.map(({ name }) => name)).toEqual([...methodNames]);
    expect(document['x-notifications'].map(({ name }: Method) => name)).toEqual([...eventNames]);
  });

  it('lists each method’s refusals with their codes, no code twice', () => {
    for (const method of methods) {
      const listed = method.errors.map(({ data }) => data.refusal);
      expect(listed).toEqual(refusalsOf(method.name as (typeof methodNames)[number]));
      expect(new Set(method.errors.map(({ code }) => code)).size).toBe(listed.length);
    }
  });

  it('puts required parameters first', () => {
    for (const { params } of methods) {
      const flags = params.map(({ required }) => (required ? 1 : 0));
      expect(flags).toEqual([...flags].sort((a, b) => b - a));
    }
  });

  it('refers only to schemas that it holds, and holds none that nothing refers to', () => {
    const referred = new Set(references(document));
    const held = Object.keys(document.components.schemas).map((name) => `#/components/schemas/${name}`);
    expect([...referred].sort()).toEqual(held.sort());
  });
});
