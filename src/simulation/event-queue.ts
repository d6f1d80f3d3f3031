// What is still to happen, by time; at the same time in the order in which it was put in. A binary heap.

interface Entry {
  readonly time: number;
  readonly order: number;
  readonly event: () => void;
}

export class EventQueue {
  readonly #heap: Entry[] = [];
  #order = 0;

  get size(): number {
    return this.#heap.length;
  }

  /** When the first is due; undefined when there is none. */
  get nextAt(): number | undefined {
    return this.#heap[0]?.time;
  }

  add(time: number, event: () => void): void {
    if (!Number.isFinite(time)) throw new Error(`an event at ${time}`);
    const heap = this.#heap;
    heap.push({ time, order: this.#order++, event });
    for (let index = heap.length - 1; index > 0; ) {
      const parent = (index - 1) >> 1;
      if (!isBefore(heap[index]!, heap[parent]!)) break;
      [heap[index], heap[parent]] = [heap[parent]!, heap[index]!];
      index = parent;
    }
  }

  /** Takes out the first, with the time it was due at. */
  take(): { readonly time: number; readonly event: () => void } {
    const heap = this.#heap;
    const first = heap[0];
    if (first === undefined) throw new Error('taken from an empty queue of events');
    const last = heap.pop()!;
    if (heap.length > 0) {
      heap[0] = last;
      this.#sink();
    }
    return first;
  }

  clear(): void {
    this.#heap.length = 0;
  }

  #sink(): void {
    const heap = this.#heap;
    for (let index = 0; ; ) {
      let least = index;
      for (const child of [2 * index + 1, 2 * index + 2])
        if (child < heap.length && isBefore(heap[child]!, heap[least]!)) least = child;
      if (least === index) return;
      [heap[index], heap[least]] = [heap[least]!, heap[index]!];
      index = least;
    }
  }
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.time < b.time || (a.time === b.time && a.order < b.order);
}
