import type { Picked } from './drop'

/** How a note says what it is to the pages of the room; as a file it is plain text. */
export const noteType = 'text/x-note'

const longest = 40

/** A text as a file that is read where it lies. Its name is how it begins: in a list of notes that tells them apart. */
export function noteOf(text: string, fallback: string): Picked {
  const start = text.trim().split('\n', 1)[0]!.replace(/[\p{Cc}\p{Cf}/\\:*?"<>|.]+/gu, ' ').replace(/\s+/g, ' ').trim()
  const short = [...start].slice(0, longest).join('').trim()
  const name = `${short || fallback}${[...start].length > longest ? '…' : ''}.txt`
  return { file: new File([text], name, { type: noteType }), name }
}
