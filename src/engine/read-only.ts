// Answers a read outside of any tick: what a halted partition still can do.

import type { Admission, Handler, TableReader, TableWriter } from '../domain/module.ts';
import { isRefusal } from '../protocol/refusals.ts';
import { CommandEncoder } from './command-encoder.ts';
import type { Answer, RoutedRequest } from './egress.ts';

/** Undefined when the method turned out to want to change something. */
export function readAnswer(
  handler: Handler,
  request: RoutedRequest,
  tables: TableReader,
  now: number,
): Answer | undefined {
  const core = new CommandEncoder(new ArrayBuffer(0), 0, 0);
  const admission: Admission = {
    now,
    tick: 0,
    caller: request.caller,
    tables: tables as TableWriter,
    core,
    onUndo: () => {},
    undecided: { index: 0 },
    needs: () => {},
    bytes: () => {
      throw new Error('a read makes nothing');
    },
    kept: {
      erase: () => {
        throw new Error('a read erases nothing');
      },
    },
  };
  try {
    const admitted = handler(request.params, admission);
    if (isRefusal(admitted)) return { refusal: admitted };
    return 'result' in admitted ? admitted : undefined;
  } catch (error) {
    return { bug: error instanceof Error ? error.message : String(error) };
  }
}
