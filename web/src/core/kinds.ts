import type { FileEntry } from '../api/types'
import { noteType } from '../upload/note'

/** How a file can be looked at without taking it. */
export type Kind = 'picture' | 'video' | 'audio' | 'pdf' | 'text'

/** A longer text isn't read on a page; the server has the same limit. */
export const textLimit = 2_000_000

const endings: Record<Kind, string> = {
  picture: 'png jpg jpeg gif webp avif', video: 'mp4 m4v webm', audio: 'mp3 ogg oga opus wav flac m4a', pdf: 'pdf',
  text: 'txt md csv tsv log json xml yaml yml ini conf toml html htm svg css js ts tsx py rb go rs c h cpp hpp java kt swift sh sql tex srt vtt diff patch',
}
const kinds = new Map(Object.entries(endings).flatMap(([kind, all]) => all.split(' ').map(ending => [ending, kind as Kind] as const)))

export const isNote = (file: FileEntry) => file.media_type === noteType && file.size_bytes <= textLimit

/** By its ending alone: whether the bytes are what the name says is the server's to find. */
export function kindOf(file: FileEntry): Kind | null {
  if (file.state !== 'complete') return null
  const kind = isNote(file) ? 'text' : (kinds.get(file.name.slice(file.name.lastIndexOf('.') + 1).toLowerCase()) ?? null)
  return kind === 'text' && file.size_bytes > textLimit ? null : kind
}
