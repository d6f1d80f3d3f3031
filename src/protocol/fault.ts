// What is wrong with a value, and where.

export interface Fault {
  /** JSON Pointer into the parameters; empty for the whole. */
  readonly path: string;
  readonly message: string;
}

export function faultText({ path, message }: Fault): string {
  return path === '' ? message : `${path}: ${message}`;
}
