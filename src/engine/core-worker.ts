// What runs in a Piscina worker: a cache of instances by memory key, and one call a task.
//
// A task carries the memory only when the worker has asked for it: passing a shared memory makes a new object each
// time, and any worker may be given any partition's tick.

import { CoreTrapError } from './core.ts';
import { type CoreCall, CoreInstance } from './core-instance.ts';

export interface CoreTask {
  readonly key: string;
  readonly call: CoreCall;
  readonly load?: { readonly memory: WebAssembly.Memory; readonly module: WebAssembly.Module };
}

export type CoreTaskResult =
  | 'done'
  | { readonly diverged: number }
  | 'load_needed'
  | { readonly trap: string; readonly command: number | undefined; readonly timer: number | undefined };

/** A worker keeps this many instances; the least recently used one is loaded again when it is needed. */
const INSTANCES_MAX = 512;
const instances = new Map<string, CoreInstance>();

export default function run(task: CoreTask): CoreTaskResult {
  const instance = instanceFor(task);
  if (instance === undefined) return 'load_needed';
  try {
    const diverged = instance.run(task.call);
    return diverged === undefined ? 'done' : { diverged };
  } catch (error) {
    instances.delete(task.key);
    if (!(error instanceof CoreTrapError)) throw error;
    return { trap: error.message, command: error.command, timer: error.timer };
  }
}

function instanceFor(task: CoreTask): CoreInstance | undefined {
  let instance = instances.get(task.key);
  if (instance === undefined) {
    if (task.load === undefined) return undefined;
    instance = new CoreInstance(task.load.module, task.load.memory);
  }
  instances.delete(task.key);
  instances.set(task.key, instance);
  if (instances.size > INSTANCES_MAX) instances.delete(instances.keys().next().value as string);
  return instance;
}
