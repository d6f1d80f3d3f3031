// Mutants: every place in a source file where one of a few operators can change something, one change each. The operators are those of
// mutation testing that fit a line of text (conditions, boundaries, arithmetic, constants, removed calls); see Jia and Harman, "An
// Analysis and Survey of the Development of Mutation Testing", IEEE TSE 37(5), 2011.

export interface Mutant {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly before: string;
  readonly after: string;
  readonly operator: string;
}

interface Operator {
  readonly name: string;
  readonly of: RegExp;
  readonly becomes: string | ((found: string) => string);
}

const operators: readonly Operator[] = [
  { name: 'other comparison', of: / === /g, becomes: ' !== ' },
  { name: 'other comparison', of: / !== /g, becomes: ' === ' },
  { name: 'boundary', of: / <= /g, becomes: ' < ' },
  { name: 'boundary', of: / >= /g, becomes: ' > ' },
  { name: 'boundary', of: / < (?=[\w(.#])/g, becomes: ' <= ' },
  { name: 'boundary', of: / > (?=[\w(.#])/g, becomes: ' >= ' },
  { name: 'other connective', of: / && (?!\{)/g, becomes: ' || ' },
  { name: 'other connective', of: / \|\| /g, becomes: ' && ' },
  { name: 'arithmetic', of: / \+ 1\b/g, becomes: ' + 2' },
  { name: 'arithmetic', of: / - 1\b/g, becomes: ' - 0' },
  { name: 'arithmetic', of: / \+= /g, becomes: ' -= ' },
  { name: 'constant', of: /\btrue\b/g, becomes: 'false' },
  { name: 'constant', of: /\bfalse\b/g, becomes: 'true' },
  { name: 'extremes', of: /Math\.max\(/g, becomes: 'Math.min(' },
  { name: 'extremes', of: /Math\.min\(/g, becomes: 'Math.max(' },
  {
    name: 'condition gone',
    of: /^ +if \((?=.*\) (?:return|break|continue)\b)/g,
    becomes: (found) => `${found}false && `,
  },
  { name: 'call gone', of: /^ +(?:void )?(?:this|[a-z]\w*)[.#\w?]*\(.*\);$/g, becomes: ';' },
  { name: 'assignment gone', of: /^ +this[.#\w]+ = .*;$/g, becomes: ';' },
];

/** What is said to people, and what is there for the compiler alone. */
const passedOver =
  /^\s*(?:\/\/|\/?\*|import |export type|export interface|type |interface |readonly |throw )|assert|Error\(|\blog\(|alarms\./;

export function mutantsOf(file: string, source: string): Mutant[] {
  return source.split('\n').flatMap((before, at) => {
    if (passedOver.test(before)) return [];
    return operators.flatMap(({ name, of, becomes }) =>
      [...before.matchAll(of)].map((match) => {
        const changed = typeof becomes === 'string' ? becomes : becomes(match[0]);
        const after = before.slice(0, match.index) + changed + before.slice(match.index + match[0].length);
        return { file, line: at + 1, before, after, operator: name };
      }),
    );
  });
}

export function withMutant(source: string, { line, before, after }: Mutant): string {
  const lines = source.split('\n');
  if (lines[line - 1] !== before) throw new Error(`line ${line} is another by now`);
  lines[line - 1] = after;
  return lines.join('\n');
}
