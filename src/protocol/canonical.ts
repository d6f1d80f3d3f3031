// JSON with members in the order of their names and without what is undefined: the same content has the same text.

export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const members: string[] = [];
  for (const name of Object.keys(value).sort()) {
    const member = (value as Record<string, unknown>)[name];
    if (member !== undefined) members.push(`${JSON.stringify(name)}:${canonical(member)}`);
  }
  return `{${members.join(',')}}`;
}

/** What was asked for without the caller's name for the request. */
export function contentOf<P extends { readonly requestId?: string }>(params: P): Omit<P, 'requestId'> {
  const { requestId: _, ...content } = params;
  return content;
}
