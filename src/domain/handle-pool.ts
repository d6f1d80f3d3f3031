// Numbers that the core knows things by. Numbers never used come first, then those given back longest ago: a handle is
// reused as late as can be, because the journal speaks of handles only.

export class HandlePool {
  readonly #max: number;
  #next = 0;
  /** Given back, oldest first. */
  #free: number[] = [];

  constructor(max: number) {
    this.#max = max;
  }

  /** After a start: these are in use, everything below the highest of them that is not among them is free. */
  load(used: Iterable<number>): void {
    const taken = new Set(used);
    this.#next = 0;
    for (const handle of taken) this.#next = Math.max(this.#next, handle + 1);
    this.#free = [];
    for (let handle = 0; handle < this.#next; handle++) if (!taken.has(handle)) this.#free.push(handle);
  }

  get room(): number {
    return this.#max - this.#next + this.#free.length;
  }

  take(): number {
    if (this.#next < this.#max) return this.#next++;
    const handle = this.#free.shift();
    if (handle === undefined) throw new Error('a handle was taken where there was no room');
    return handle;
  }

  giveBack(handle: number): void {
    if (handle < 0 || handle >= this.#next) throw new Error(`handle ${handle} was never taken`);
    this.#free.push(handle);
  }

  /** Takes giveBack() back. */
  takeBack(handle: number): void {
    const at = this.#free.lastIndexOf(handle);
    if (at < 0) throw new Error(`handle ${handle} was not given back`);
    this.#free.splice(at, 1);
  }
}
