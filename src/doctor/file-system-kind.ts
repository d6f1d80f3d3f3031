// Kinds of file systems by the number that statfs(2) gives, and whether a journal may lie there. Numbers: the manual page
// of statfs(2) and linux/magic.h.

export interface FileSystemKind {
  readonly name: string;
  /** Why data should not be there; undefined where it may. */
  readonly trouble?: string;
}

const network =
  'a network may be away, flushes mean what the other side makes of them, and memory maps are not kept equal';
const volatile = 'it is memory: everything is gone when the machine stops';
const passedOn = 'a program passes everything on: what a flush means there, and whether maps work, only it knows';
const layered = 'it belongs to the container and goes with it';

const kinds: Readonly<Record<number, FileSystemKind>> = {
  61267: { name: 'ext' },
  1481003842: { name: 'xfs' },
  2435016766: { name: 'btrfs' },
  801189825: { name: 'zfs' },
  4076150800: { name: 'f2fs' },
  3393526350: { name: 'bcachefs' },
  16914836: { name: 'tmpfs', trouble: volatile },
  2240043254: { name: 'ramfs', trouble: volatile },
  2035054128: { name: 'overlay', trouble: layered },
  26985: { name: 'nfs', trouble: network },
  4283649346: { name: 'cifs', trouble: network },
  4266872130: { name: 'smb2', trouble: network },
  20859: { name: 'smb', trouble: network },
  12805120: { name: 'ceph', trouble: network },
  1397113167: { name: 'afs', trouble: network },
  18225520: { name: 'gfs2', trouble: network },
  1952539503: { name: 'ocfs2', trouble: network },
  198183888: { name: 'lustre', trouble: network },
  16914839: { name: '9p', trouble: network },
  1702057286: { name: 'fuse', trouble: passedOn },
  2020557398: { name: 'vboxsf', trouble: passedOn },
};

/** Undefined for a number that is not known; numbers are Linux's. */
export function fileSystemKind(type: number): FileSystemKind | undefined {
  // statfs may give it with a sign.
  return kinds[type >>> 0];
}
