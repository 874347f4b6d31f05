import type { Signal } from '@preact/signals'
import { apiPath } from '../api/client'
import type { FileEntry } from '../api/types'
import { filterFrom, orders, type Order } from '../core/arrange'
import { formatSize } from '../core/format'
import { t } from '../i18n'

type Selection = Signal<ReadonlySet<string> | null>

/** So many ids fit into a request's head. */
const mostIds = 400

interface FetchProps { room: string; complete: FileEntry[]; selection: Selection }

/** Everything, or what is selected, as one ZIP. */
export function FetchBar({ room, complete, selection }: FetchProps) {
  const archive = apiPath(room, '/archive.zip')
  if (complete.length < 2) return null
  if (!selection.value) return <a class="button main" href={archive} download aria-label={`${t.downloadAll} ${t.downloadAllHint}`}>{t.downloadAll}</a>
  const chosen = complete.filter(f => selection.value!.has(f.id))
  if (chosen.length === 0) return <span class="soft small">{t.selectHint}</span>
  if (chosen.length > mostIds && chosen.length < complete.length) return <span class="soft small">{t.selectFewer(mostIds)}</span>
  const address = chosen.length === complete.length ? archive : `${archive}?ids=${chosen.map(f => f.id).join(',')}`
  const size = formatSize(chosen.reduce((sum, f) => sum + f.size_bytes, 0))
  return <a class="button main" href={address} download>{t.downloadSelected(chosen.length, size)}</a>
}

interface ToolsProps {
  order: Signal<Order>
  filter: Signal<string>
  selection: Selection
  /** how many files there are, and which of them are shown and which complete */
  all: number
  shown: FileEntry[]
  complete: FileEntry[]
}

/** Sorting, looking for, and selecting. */
export function TableTools({ order, filter, selection, all, shown, complete }: ToolsProps) {
  const ready = shown.filter(f => f.state === 'complete')
  return (
    <div class="tools">
      <label class="inline small">{t.sortBy}
        <select value={order.value} onChange={e => (order.value = e.currentTarget.value as Order)}>
          {orders.map(o => <option key={o} value={o}>{t.orders[o]}</option>)}
        </select>
      </label>
      {(all >= filterFrom || filter.value) && (
        <label class="inline small find">{t.find}
          <input type="search" value={filter.value} onInput={e => (filter.value = e.currentTarget.value)} />
        </label>
      )}
      {filter.value && <span class="soft small">{t.found(shown.length, all)}</span>}
      {complete.length > 1 && (selection.value
        ? <span class="acts">
            <button class="quiet" onClick={() => (selection.value = new Set(ready.map(f => f.id)))}>{t.selectAll}</button>
            <button class="quiet" onClick={() => (selection.value = null)}>{t.selectDone}</button>
          </span>
        : <button class="quiet" onClick={() => (selection.value = new Set())}>{t.select}</button>)}
    </div>
  )
}
