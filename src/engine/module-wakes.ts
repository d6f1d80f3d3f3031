// When modules want to be woken for notifications alone: the earliest time each, in memory only.

import type { DomainModule } from '../domain/module.ts';
import type { Clock, Wake } from './clock.ts';
import type { Notification } from './outbox.ts';

export class ModuleWakes {
  readonly #clock: Clock;
  readonly #onWoken: () => void;
  readonly #onThrown: (module: DomainModule, error: unknown) => void;
  readonly #wakes = new Map<DomainModule, { at: number; wake: Wake }>();
  readonly #woken = new Set<DomainModule>();

  constructor(clock: Clock, onWoken: () => void, onThrown: (module: DomainModule, error: unknown) => void) {
    this.#clock = clock;
    this.#onWoken = onWoken;
    this.#onThrown = onThrown;
  }

  get anyWoken(): boolean {
    return this.#woken.size > 0;
  }

  wakeAt(module: DomainModule, at: number): void {
    const known = this.#wakes.get(module);
    if (known !== undefined && known.at <= at) return;
    known?.wake.cancel();
    const wake = this.#clock.wakeAt(at, () => {
      this.#wakes.delete(module);
      this.#woken.add(module);
      this.#onWoken();
    });
    this.#wakes.set(module, { at, wake });
  }

  /** What the modules that are awake have to say. */
  run(now: number): Notification[] {
    const woken = [...this.#woken];
    this.#woken.clear();
    const notifications: Notification[] = [];
    for (const module of woken) {
      try {
        module.woken?.({
          now,
          notify: (audience, event, params) => notifications.push({ audience, event, params }),
          wakeAt: (at) => this.wakeAt(module, at),
        });
      } catch (error) {
        // Nothing durable hangs on this, so nobody has to be set aside for it.
        this.#onThrown(module, error);
      }
    }
    return notifications;
  }

  cancel(): void {
    for (const { wake } of this.#wakes.values()) wake.cancel();
    this.#wakes.clear();
  }
}
