/** Files with their folders, from a drop, a paste or a picker; `handle` where the browser lets the page open them again later. */
export interface Picked { file: File; name: string; handle?: FileSystemFileHandle }

// Chromium, in a secure context; TypeScript's DOM has none of these yet.
type HandedItem = DataTransferItem & { getAsFileSystemHandle?: () => Promise<FileSystemHandle | null> }
type Folder = FileSystemDirectoryHandle & { values(): AsyncIterable<FileSystemHandle> }
type Picker = (options: { multiple: boolean }) => Promise<FileSystemFileHandle[]>

export async function filesOf(data: DataTransfer): Promise<Picked[]> {
  // Items must be asked before the first wait: the list is emptied when the event is over.
  const items = [...data.items].filter(item => item.kind === 'file') as HandedItem[]
  const plain = [...data.files].map(file => ({ file, name: file.name }))
  const entries = items.map(item => item.webkitGetAsEntry?.()).filter((e): e is FileSystemEntry => !!e)
  const handles = await Promise.all(items.map(item => item.getAsFileSystemHandle?.().catch(() => null)))
  // Pictures from the clipboard are files of no file system.
  if (handles.length > 0 && handles.every(handle => !!handle)) return (await Promise.all(handles.map(handle => openHandle(handle!)))).flat()
  if (entries.length === 0) return plain
  return (await Promise.all(entries.map(openEntry))).flat()
}

/** A picture from the clipboard has no name of its own: browsers call each `image.png`. So it is named by its moment. */
export function pastedName(name: string, word: string, now: Date): string {
  const two = (n: number) => String(n).padStart(2, '0')
  const day = `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`
  return name === 'image.png' ? `${word} ${day} ${two(now.getHours())}.${two(now.getMinutes())}.${two(now.getSeconds())}.png` : name
}

export const filesOfInput = (list: FileList | null): Picked[] =>
  [...(list ?? [])].map(file => ({ file, name: file.webkitRelativePath || file.name }))

/** The picker that hands out handles; null where there is none, and a file input has to do. */
export const handlePicker = (): (() => Promise<Picked[]>) | null => {
  const picker = (globalThis as { showOpenFilePicker?: Picker }).showOpenFilePicker
  if (!picker) return null
  // Closing the picker without a choice is told as an error.
  return () => picker({ multiple: true }).then(handles => Promise.all(handles.map(handle => openHandle(handle))), () => []).then(all => all.flat())
}

async function openHandle(handle: FileSystemHandle, folder = ''): Promise<Picked[]> {
  if (handle.kind === 'file') {
    const file = await (handle as FileSystemFileHandle).getFile()
    return [{ file, name: folder + file.name, handle: handle as FileSystemFileHandle }]
  }
  const inside: Promise<Picked[]>[] = []
  for await (const child of (handle as Folder).values()) inside.push(openHandle(child, `${folder}${handle.name}/`))
  return (await Promise.all(inside)).flat()
}

async function openEntry(entry: FileSystemEntry): Promise<Picked[]> {
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject))
    return [{ file, name: entry.fullPath.replace(/^\//, '') || file.name }]
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader()
  const all: FileSystemEntry[] = []
  // A reader hands out at most a hundred entries a time.
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject))
    if (some.length === 0) break
    all.push(...some)
  }
  return (await Promise.all(all.map(openEntry))).flat()
}
