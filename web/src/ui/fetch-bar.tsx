import type { Signal } from '@preact/signals'
import { apiPath } from '../api/client'
import type { FileEntry } from '../api/types'
import { formatSize } from '../core/format'
import { shortIds } from '../core/short-ids'
import { t } from '../i18n'

/** The ids of what is selected; null while nothing is being selected. */
export type Selection = Signal<ReadonlySet<string> | null>

/** So many ids, cut to what tells them apart, fit into a request's head. */
const mostIds = 1500

interface FetchProps { room: string; complete: FileEntry[]; selection: Selection }

/** Everything, two files at least, or what is selected, as one ZIP. */
export function FetchBar({ room, complete, selection }: FetchProps) {
  const archive = apiPath(room, '/archive.zip')
  if (!selection.value) return <a class="button main" href={archive} download aria-label={`${t.downloadAll} ${t.downloadAllHint}`}>{t.downloadAll}</a>
  const chosen = complete.filter(f => selection.value!.has(f.id))
  if (chosen.length === 0) return <span class="soft small">{t.selectHint}</span>
  if (chosen.length > mostIds && chosen.length < complete.length) return <span class="soft small">{t.selectFewer(mostIds)}</span>
  const address = chosen.length === complete.length ? archive : `${archive}?ids=${shortIds(chosen, complete).join(',')}`
  const size = formatSize(chosen.reduce((sum, f) => sum + f.size_bytes, 0))
  return <a class="button main" href={address} download>{t.downloadSelected(chosen.length, size)}</a>
}
