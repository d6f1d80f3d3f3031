// What Piscina requires in a worker before it has a task: the worker's module, imported.
//
// It would require the ES module itself, and a Node that can do so ends the whole process (SIGABRT, "IsGraphAsync must be
// used on an instantiated module") when the thread is ended while that module is being linked: a router that finds in
// its first moments that it cannot start ends its workers just then. An import that is interrupted is only not finished.

export = import('./core-worker.ts').then(({ default: run }) => run);
