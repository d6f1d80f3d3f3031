// Words and numbers that every sentence of an explanation is made of.

export function durationText(ms: number): string {
  if (ms < 0) return `−${durationText(-ms)}`;
  if (ms < 1_000) return `${ms} ms`;
  if (ms < 60_000) return `${number(ms / 1_000)} s`;
  const seconds = Math.round(ms / 1_000);
  const [hours, minutes, rest] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60, seconds % 60];
  if (hours > 0) return minutes === 0 ? `${hours} h` : `${hours} h ${minutes} min`;
  return rest === 0 ? `${minutes} min` : `${minutes} min ${rest} s`;
}

/** At most three places behind the point, none that say nothing. */
export function number(value: number): string {
  return String(Math.round(value * 1_000) / 1_000);
}

const removed = 'an agent who has been removed since';

export function called(agent: string | undefined): string {
  return agent ?? removed;
}

export function calledContact(contact: string | undefined): string {
  return contact ?? 'another contact';
}

/** Ids stay as they are, also at the beginning. */
export function sentence(text: string): string {
  return text.startsWith(removed) ? `A${text.slice(1)}.` : `${text}.`;
}

export function list(parts: readonly string[], last = 'and'): string {
  return parts.length < 2 ? (parts[0] ?? '') : `${parts.slice(0, -1).join(', ')} ${last} ${parts.at(-1)}`;
}

export function many(count: number, one: string, more = `${one}s`): string {
  return `${count} ${count === 1 ? one : more}`;
}
