// What Piscina requires in a worker: the worker's module, imported (src/engine/core-worker-door.cts says why).

export = import('./theory-worker.ts').then(({ default: theoryOf }) => theoryOf);
