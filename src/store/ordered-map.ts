// The ordered map of sorted-btree, keyed by binary strings.
//
// The package is CommonJS: Node hands over the module with the class as its `default`, bundlers and test runners that
// follow `__esModule` hand over the class itself. Both arrive here, and nowhere else.

import BTreeModule from 'sorted-btree';
import type { Key } from './store.ts';

type BTreeClass = typeof BTreeModule.default;
const BTree: BTreeClass = BTreeModule.default ?? (BTreeModule as unknown as BTreeClass);

export type OrderedMap<V> = InstanceType<typeof BTreeModule.default<Key, V>>;

export function orderedMap<V>(entries?: [Key, V][]): OrderedMap<V> {
  return new BTree<Key, V>(entries, compareKeys);
}

function compareKeys(a: Key, b: Key): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
