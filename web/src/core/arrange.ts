import type { FileEntry } from '../api/types'

/** The orders that the table can have. */
export const orders = ['newest', 'name', 'size', 'who'] as const
export type Order = (typeof orders)[number]

/** Under this many files there is nothing to look for. */
export const filterFrom = 20

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' })
const byTime = (a: FileEntry, b: FileEntry) => (a.created_at < b.created_at ? 1 : a.created_at > b.created_at ? -1 : 0)
const byName = (a: FileEntry, b: FileEntry) => collator.compare(a.name, b.name)

const compare: Record<Order, (a: FileEntry, b: FileEntry) => number> = {
  newest: byTime,
  name: byName,
  size: (a, b) => b.size_bytes - a.size_bytes || byName(a, b),
  who: (a, b) => collator.compare(a.uploader, b.uploader) || byTime(a, b),
}

/** The files whose name or uploader has each word of `filter`, in `order`. */
export function arrange(files: readonly FileEntry[], order: Order, filter = ''): FileEntry[] {
  const words = fold(filter).split(/\s+/).filter(Boolean)
  const fits = (file: FileEntry) => {
    const text = fold(`${file.name} ${file.uploader}`)
    return words.every(word => text.includes(word))
  }
  return (words.length > 0 ? files.filter(fits) : [...files]).sort(compare[order])
}

/** Without accents and case: who looks for `resume` finds `Résumé`. */
const fold = (text: string) => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()

/** Of the members present who didn't bring the file themselves: how many have all of it, and how many there are. */
export function takenBy(file: FileEntry, present: ReadonlySet<string>): { have: number; of: number } {
  const others = [...present].filter(id => id !== file.uploader_id)
  const taken = new Set(file.taken_by ?? [])
  return { have: others.filter(id => taken.has(id)).length, of: others.length }
}
