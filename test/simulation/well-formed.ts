/** Whether every element that is opened is closed, in order: what a browser refuses to draw is not well-formed. */
export function isWellFormed(svg: string): boolean {
  const open: string[] = [];
  for (const [, close, name, , empty] of svg.matchAll(/<(\/?)(\w+)((?:\s[\w-]+="[^"<]*")*)\s*(\/?)>/g)) {
    if (empty) continue;
    if (!close) open.push(name!);
    else if (open.pop() !== name) return false;
  }
  return open.length === 0 && svg.replaceAll(/<[^>]*>/g, '').includes('<') === false;
}
