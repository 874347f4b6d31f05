/** The fewest that the server takes. */
const fewest = 8

/** Of the ids of `chosen` as many last digits as tell all of `files` apart: an id begins with a time, and its end is random. */
export function shortIds(chosen: readonly { id: string }[], files: readonly { id: string }[]): string[] {
  let digits = fewest
  while (digits < 32 && new Set(files.map(f => f.id.slice(-digits))).size < files.length) digits++
  return chosen.map(f => f.id.slice(-digits))
}
