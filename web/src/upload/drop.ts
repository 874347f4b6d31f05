/** Files with their folders, from a drop, a paste or a picker; `handle` where the browser lets the page open them again later. */
export interface Picked { file: File; name: string; handle?: FileSystemFileHandle }

// Chromium, in a secure context; TypeScript's DOM has none of these yet.
type HandedItem = DataTransferItem & { getAsFileSystemHandle?: () => Promise<FileSystemHandle | null> }
type Folder = FileSystemDirectoryHandle & { values(): AsyncIterable<FileSystemHandle> }
type Picker = (options: { multiple: boolean }) => Promise<FileSystemFileHandle[]>

/** Told the name of a file or folder that the browser doesn't let the page read. */
export type Unread = (name: string) => void

/** What of a drop can be read. */
export async function filesOf(data: DataTransfer, unread: Unread): Promise<Picked[]> {
  // Items must be asked before the first wait: the list is emptied when the event is over.
  const items = [...data.items].filter(item => item.kind === 'file') as HandedItem[]
  const plain = [...data.files].map(file => ({ file, name: file.name }))
  const entries = items.map(item => item.webkitGetAsEntry?.()).filter((e): e is FileSystemEntry => !!e)
  const handles = await Promise.all(items.map(item => item.getAsFileSystemHandle?.().catch(() => null)))
  // Pictures from the clipboard are files of no file system.
  if (handles.length > 0 && handles.every(handle => !!handle)) return each(handles as FileSystemHandle[], handle => openHandle(handle, unread))
  if (entries.length === 0) return plain
  return each(entries, entry => openEntry(entry, unread))
}

const each = async <T>(all: T[], open: (one: T) => Promise<Picked[]>) => (await Promise.all(all.map(open))).flat()

/** A picture from the clipboard has no name of its own: browsers call each `image.png`. So it is named by its moment. */
export function pastedName(name: string, word: string, now: Date): string {
  const two = (n: number) => String(n).padStart(2, '0')
  const day = `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`
  return name === 'image.png' ? `${word} ${day} ${two(now.getHours())}.${two(now.getMinutes())}.${two(now.getSeconds())}.png` : name
}

export const filesOfInput = (list: FileList | null): Picked[] =>
  [...(list ?? [])].map(file => ({ file, name: file.webkitRelativePath || file.name }))

/** The picker that hands out handles; null where there is none, and a file input has to do. */
export const handlePicker = (): ((unread: Unread) => Promise<Picked[]>) | null => {
  const picker = (globalThis as { showOpenFilePicker?: Picker }).showOpenFilePicker
  if (!picker) return null
  // Closing the picker without a choice is told as an error.
  return async unread => each(await picker({ multiple: true }).catch(() => []), handle => openHandle(handle, unread))
}

async function openHandle(handle: FileSystemHandle, unread: Unread, folder = ''): Promise<Picked[]> {
  const name = folder + handle.name
  const inside: FileSystemHandle[] = []
  try {
    if (handle.kind === 'file') return [{ file: await (handle as FileSystemFileHandle).getFile(), name, handle: handle as FileSystemFileHandle }]
    for await (const child of (handle as Folder).values()) inside.push(child)
  } catch {
    unread(name)
  }
  return each(inside, child => openHandle(child, unread, `${name}/`))
}

async function openEntry(entry: FileSystemEntry, unread: Unread): Promise<Picked[]> {
  const name = entry.fullPath.replace(/^\//, '') || entry.name
  const inside: FileSystemEntry[] = []
  try {
    if (entry.isFile) return [{ file: await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject)), name }]
    await readFolder((entry as FileSystemDirectoryEntry).createReader(), inside)
  } catch {
    unread(name)
  }
  return each(inside, child => openEntry(child, unread))
}

/** A reader hands out at most a hundred entries a time. */
async function readFolder(reader: FileSystemDirectoryReader, into: FileSystemEntry[]) {
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject))
    if (some.length === 0) return
    into.push(...some)
  }
}
