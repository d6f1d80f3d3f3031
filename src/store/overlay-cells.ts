// What the overlay holds: for each key the values that were written and are not yet in the tables, newest first.
//
//   key ─▶ cell ─▶ version of tick 12, request 7 ─▶ version of tick 12, request 3 ─▶ version of tick 11 ─▶ (tables)
//
// The newest version is what is seen. Undoing a request takes its versions out wherever they are in the chain; applying
// a tick cuts the chain below what is applied. Cells are found by key in a map; the order that ranges need is built when
// a table is first ranged over, and kept from then on, so tables that are only read by key do not pay for it. A row whose
// key is one number is found by it: putting bytes together for each look costs more than the look.

import { keyOf, type RowKey, type TableId, tablePrefix } from './keys.ts';
import { type OrderedMap, orderedMap } from './ordered-map.ts';
import { decodeRow } from './redo.ts';
import type { Key } from './store.ts';

export interface Version {
  readonly cell: Cell;
  readonly tick: number;
  readonly request: number;
  /** undefined: the row is removed, or the tick is sealed. */
  row: unknown;
  /**
   * Once the tick is sealed: its redo, and where in it the row is, at 0 where it is removed. The row itself is let go then, since few are
   * read before the tables have them, and what is held for so long is what collecting garbage costs most for.
   */
  redo: Uint8Array | undefined;
  from: number;
  to: number;
  below: Version | undefined;
  undone: boolean;
}

/** Undefined: the row is removed. */
export function bytesOf({ redo, from, to }: Version): Uint8Array | undefined {
  if (redo === undefined) throw new Error('a row of a tick that was not sealed is asked for');
  return from === 0 ? undefined : new Uint8Array(redo.buffer, redo.byteOffset + from, to - from);
}

export function isRemoved({ redo, row, from }: Version): boolean {
  return redo === undefined ? row === undefined : from === 0;
}

/** Undefined: the row is removed. */
export function rowOf(version: Version): unknown {
  if (version.redo === undefined) return version.row;
  const bytes = bytesOf(version);
  return bytes && decodeRow(bytes);
}

export interface Cell {
  readonly among: TableCells;
  readonly id: CellId;
  readonly key: Key;
  top: Version | undefined;
}

/** A number, or the bytes of the key of a row that has another one. */
type CellId = number | Key;

/** Those of one table. */
export interface TableCells {
  readonly cells: Map<CellId, Cell>;
  order: OrderedMap<Cell> | undefined;
}

export class OverlayCells {
  /** By number of the table. */
  #tables: (TableCells | undefined)[] = [];

  find(table: TableId, row: RowKey): Cell | undefined {
    return this.#tables[table]?.cells.get(typeof row === 'number' ? row : keyOf(table, row));
  }

  /** Made where there is none: something must be pushed onto it then. */
  cellFor(table: TableId, row: RowKey): Cell {
    const among = this.#amongFor(table);
    if (typeof row !== 'number') {
      const key = keyOf(table, row);
      return among.cells.get(key) ?? newCell(among, key, key);
    }
    return among.cells.get(row) ?? newCell(among, row, keyOf(table, row));
  }

  #amongFor(table: TableId): TableCells {
    let among = this.#tables[table];
    if (among === undefined) {
      // Throws for what is no number of a table.
      tablePrefix(table);
      among = { cells: new Map(), order: undefined };
      while (this.#tables.length < table) this.#tables.push(undefined);
      this.#tables[table] = among;
    }
    return among;
  }

  /** Puts a version on top of the cell's chain. */
  push(cell: Cell, tick: number, request: number, row: unknown): Version {
    const below = cell.top;
    const version = { cell, tick, request, row, redo: undefined, from: 0, to: 0, below, undone: false };
    cell.top = version;
    return version;
  }

  /** Takes one version out of its chain. */
  takeOut(version: Version): void {
    const { cell } = version;
    if (cell.top === version) cell.top = version.below;
    else {
      let above = cell.top;
      while (above !== undefined && above.below !== version) above = above.below;
      if (above === undefined) throw new Error('a version is not in its chain');
      above.below = version.below;
    }
    if (cell.top === undefined) this.#forget(cell);
  }

  /** Drops the versions of this cell up to and including the tick: the tables have them. */
  cut(cell: Cell, tick: number): void {
    if (cell.top === undefined) return;
    if (cell.top.tick <= tick) {
      cell.top = undefined;
      this.#forget(cell);
      return;
    }
    let above = cell.top;
    while (above.below !== undefined && above.below.tick > tick) above = above.below;
    above.below = undefined;
  }

  #forget(cell: Cell): void {
    const { cells, order } = cell.among;
    cells.delete(cell.id);
    order?.delete(cell.key);
  }

  /** Cells with from ≤ key < to in order (reverse: descending). */
  *range(table: TableId, from: Key, to: Key, reverse: boolean): Generator<Cell> {
    const cells = this.#tables[table];
    if (cells === undefined) return;
    cells.order ??= orderedMap([...cells.cells.values()].map((cell) => [cell.key, cell]));
    const entries = reverse ? cells.order.entriesReversed(to, undefined, true) : cells.order.entries(from);
    for (const [key, cell] of entries) {
      if (reverse ? key < from : key >= to) return;
      yield cell;
    }
  }
}

function newCell(among: TableCells, id: CellId, key: Key): Cell {
  const cell: Cell = { among, id, key, top: undefined };
  among.cells.set(id, cell);
  among.order?.set(key, cell);
  return cell;
}
