// Validated requests that wait for a tick, in order of arrival. The partition bounds them, together with the answers that
// wait for the disk.

import type { RoutedRequest } from './egress.ts';

export class Inbox {
  #requests: RoutedRequest[] = [];
  #head = 0;
  #closed = false;

  get size(): number {
    return this.#requests.length - this.#head;
  }

  get closed(): boolean {
    return this.#closed;
  }

  close(): void {
    this.#closed = true;
  }

  add(request: RoutedRequest): void {
    this.#requests.push(request);
  }

  peek(): RoutedRequest | undefined {
    return this.#requests[this.#head];
  }

  take(): void {
    this.#head += 1;
    // What was taken is let go in one go, so that taking stays cheap.
    if (this.#head === this.#requests.length || this.#head > 4_096) {
      this.#requests = this.#requests.slice(this.#head);
      this.#head = 0;
    }
  }

  takeAll(): RoutedRequest[] {
    const all = this.#requests.slice(this.#head);
    this.#requests = [];
    this.#head = 0;
    return all;
  }

  /** Back to the front, in this order; they had a place before, so the bound does not turn them away. */
  putBack(requests: readonly RoutedRequest[]): void {
    this.#requests = [...requests, ...this.#requests.slice(this.#head)];
    this.#head = 0;
  }
}
