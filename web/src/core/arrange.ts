import type { FileEntry } from '../api/types'

/** The orders that the table can have. */
export type Order = 'newest' | 'name' | 'size' | 'who'

/** What one person begins within so long of the last came together with it. */
const togetherMs = 2000
/** The same for a folder or a series, `IMG_1` and `IMG_2`: the next of it begins when another has gone up, which may take its time. */
const seriesMs = 60_000

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' })
const byTime = (a: FileEntry, b: FileEntry) => (a.created_at < b.created_at ? 1 : a.created_at > b.created_at ? -1 : 0)
/** As people count: `page 9` before `page 10`. */
export const byName = (a: { name: string }, b: { name: string }) => collator.compare(a.name, b.name)
const seriesOf = ({ name }: FileEntry) => name.split(/[/\d]/, 1)[0]

const cameTogether = (before: FileEntry, after: FileEntry) =>
  Date.parse(after.created_at) - Date.parse(before.created_at) <= (seriesOf(before) === seriesOf(after) ? seriesMs : togetherMs)

/** What was brought last comes first; what came together, and went up several at once, stands by name. */
function newest(files: FileEntry[]): FileEntry[] {
  const batches: FileEntry[][] = []
  for (const file of files.sort(byTime).reverse()) {
    const batch = batches.find(([first]) => first!.uploader_id === file.uploader_id)
    if (batch && cameTogether(batch.at(-1)!, file)) batch.push(file)
    else batches.unshift([file])
  }
  return batches.sort((a, b) => byTime(a.at(-1)!, b.at(-1)!)).flatMap(batch => batch.sort(byName))
}

const sorted: Record<Order, (files: FileEntry[]) => FileEntry[]> = {
  newest,
  name: files => files.sort(byName),
  size: files => files.sort((a, b) => b.size_bytes - a.size_bytes || byName(a, b)),
  who: files => newest(files).sort((a, b) => collator.compare(a.uploader, b.uploader)),
}

export const arrange = (files: readonly FileEntry[], order: Order): FileEntry[] => sorted[order]([...files])

/** The files whose name or uploader has each word of `filter`. */
export function find(files: FileEntry[], filter: string): FileEntry[] {
  const words = fold(filter).split(/\s+/).filter(Boolean)
  return files.filter(file => words.every(word => fold(`${file.name} ${file.uploader}`).includes(word)))
}

/** Without accents and case: who looks for `resume` finds `Résumé`. */
const fold = (text: string) => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()

/** Of the members present who didn't bring the file themselves: how many have all of it, and how many there are. */
export function takenBy(file: FileEntry, present: ReadonlySet<string>): { have: number; of: number } {
  const others = [...present].filter(id => id !== file.uploader_id)
  const taken = new Set(file.taken_by ?? [])
  return { have: others.filter(id => taken.has(id)).length, of: others.length }
}
