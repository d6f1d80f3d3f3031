// What is wrong with a value, and where.

export interface Fault {
  /** JSON Pointer into the parameters; empty for the whole. */
  readonly path: string;
  readonly message: string;
}

/** Under the member that the value is. */
export function faultUnder(path: string, fault: Fault | undefined): Fault | undefined {
  return fault && { ...fault, path: `${path}${fault.path}` };
}

/** Exactly one of these members is to be there. */
export function exactlyOneFault(names: readonly string[], value: object): Fault | undefined {
  let count = 0;
  for (const name of names) if (name in value) count += 1;
  if (count === 1) return undefined;
  const given = names.filter((name) => name in value);
  return { path: `/${given[1] ?? names[0]}`, message: `exactly one of ${names.join(' and ')} must be given` };
}

export function faultText({ path, message }: Fault): string {
  return path === '' ? message : `${path}: ${message}`;
}
