import type { Signal } from '@preact/signals'
import type { FileEntry } from '../api/types'
import type { Order } from '../core/arrange'
import { t } from '../i18n'
import type { Selection } from './fetch-bar'
import { useKeptFocus } from './kept-focus'

/** Under this many files there is nothing to look for. */
const filterFrom = 20

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
          {Object.entries(t.orders).map(([order, word]) => <option key={order} value={order}>{word}</option>)}
        </select>
      </label>
      {(all >= filterFrom || filter.value) && (
        <label class="inline small find">{t.find}
          <input type="search" value={filter.value} onInput={e => (filter.value = e.currentTarget.value)} />
        </label>
      )}
      {filter.value && <span class="soft small">{t.found(shown.length, all)}</span>}
      {complete.length > 1 && <Selecting selection={selection} ready={ready} />}
    </div>
  )
}

function Selecting({ selection, ready }: { selection: Selection; ready: FileEntry[] }) {
  const box = useKeptFocus<HTMLSpanElement>()
  return (
    <span ref={box} class="acts">
      {selection.value
        ? <>
            <button class="quiet" onClick={() => (selection.value = new Set(ready.map(f => f.id)))}>{t.selectAll}</button>
            <button class="quiet" onClick={() => (selection.value = null)}>{t.selectDone}</button>
          </>
        : <button class="quiet" onClick={() => (selection.value = new Set())}>{t.select}</button>}
    </span>
  )
}
