/** Files with their folders, from a drop, a paste or a picker. */
export interface Picked { file: File; name: string }

export async function filesOf(data: DataTransfer): Promise<Picked[]> {
  // Entries must be taken before the first wait: the list is emptied when the event is over.
  const entries = [...data.items].map(item => item.webkitGetAsEntry?.()).filter((e): e is FileSystemEntry => !!e)
  if (entries.length === 0) return [...data.files].map(file => ({ file, name: file.name }))
  return (await Promise.all(entries.map(read))).flat()
}

export const filesOfInput = (list: FileList | null): Picked[] =>
  [...(list ?? [])].map(file => ({ file, name: file.webkitRelativePath || file.name }))

async function read(entry: FileSystemEntry): Promise<Picked[]> {
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
  return (await Promise.all(all.map(read))).flat()
}
