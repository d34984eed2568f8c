/** 'read' and 'write' need an existing file; 'create' makes an empty one in place of any other. */
export type OpenMode = 'read' | 'write' | 'create';

/** What the log asks of a file system: few calls, each with one meaning, so that tests can put any fault into any of them. */
export interface FileSystem {
  open(path: string, mode: OpenMode): Promise<OpenFile>;
  /** Names in a directory, in any order. */
  list(dir: string): Promise<string[]>;
  makeDir(dir: string): Promise<void>;
  /** Atomic; replaces `to`. */
  rename(from: string, to: string): Promise<void>;
  /** No error where there is none. */
  remove(path: string): Promise<void>;
  /** Makes names created, renamed and removed in a directory survive a power cut. */
  syncDir(dir: string): Promise<void>;
  /** Excludes other writers until released. Throws `log.locked`, naming the owner. */
  lock(path: string): Promise<() => Promise<void>>;
}

/** Errors are the system's, with a `code` such as ENOSPC or EIO. */
export interface OpenFile {
  size(): Promise<number>;
  /** Fills `into` from a position; returns the bytes read, fewer only at the end of the file. */
  read(into: Uint8Array, position: number): Promise<number>;
  /** Writes the parts one after the other; returns the bytes written, which may be fewer. */
  write(parts: readonly Uint8Array[], position: number): Promise<number>;
  /** The file's content and size are on disk when this resolves. */
  sync(): Promise<void>;
  truncate(bytes: number): Promise<void>;
  close(): Promise<void>;
}

/** Writes all of the parts, in as many calls as it takes. `onWritten` hears of each call's bytes. */
export async function writeFully(
  file: OpenFile,
  parts: readonly Uint8Array[],
  position: number,
  onWritten: (bytes: number) => void = () => undefined,
): Promise<void> {
  let left = parts;
  let at = position;
  while (left.length > 0) {
    const written = await file.write(left, at);
    if (written <= 0) throw Object.assign(new Error('the file system wrote nothing'), { code: 'EIO' });
    onWritten(written);
    at += written;
    left = without(left, written);
  }
}

function without(parts: readonly Uint8Array[], bytes: number): readonly Uint8Array[] {
  let dropped = 0;
  let left = bytes;
  for (const part of parts) {
    if (left < part.length) break;
    left -= part.length;
    dropped++;
  }
  const [first, ...rest] = parts.slice(dropped);
  if (first === undefined) return [];
  return [first.subarray(left), ...rest];
}
