// What a schema asks for, in words: for messages about what does not fit it, and for the reference.

import type { TSchema } from '@sinclair/typebox';

export function expectation(schema: TSchema): string {
  if (schema.anyOf) return [...new Set((schema.anyOf as TSchema[]).map(expectation))].join(' or ');
  if (schema.enum) return `one of ${(schema.enum as string[]).map((word) => JSON.stringify(word)).join(', ')}`;
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema['x-rule']) return schema['x-rule'];
  switch (schema.type) {
    case 'integer':
      return (
        `an integer ${range(schema.minimum, schema.maximum)}`.trimEnd() +
        (schema.multipleOf ? ` that is a multiple of ${schema.multipleOf}` : '')
      );
    case 'number':
      return `a number ${range(schema.minimum, schema.maximum)}${schema.multipleOf ? ' with at most three decimals' : ''}`;
    case 'string':
      return `a text${sized(schema.minLength, schema.maxLength, 'characters')}${schema.format ? ` without control characters${schema.format === 'lines' ? ' but for line breaks and tabs' : ''}` : ''}`;
    case 'array':
      return `an array${sized(schema.minItems, schema.maxItems, 'items')}`;
    case 'object':
      return `an object${sized(schema.minProperties, schema.maxProperties, 'members')}`;
    case 'boolean':
      return 'true or false';
    case 'null':
      return 'null';
    default:
      return 'something else';
  }
}

function range(minimum: number | undefined, maximum: number | undefined): string {
  if (minimum !== undefined && maximum !== undefined) return `from ${minimum} to ${maximum}`;
  return minimum === undefined ? '' : `≥ ${minimum}`;
}

function sized(minimum: number | undefined, maximum: number | undefined, of: string): string {
  if (minimum !== undefined && maximum !== undefined) return ` of ${minimum} to ${maximum} ${of}`;
  if (maximum !== undefined) return ` of at most ${maximum} ${of}`;
  return minimum === undefined ? '' : ` of at least ${minimum} ${of}`;
}
