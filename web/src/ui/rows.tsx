import { signal } from '@preact/signals'
import { useEffect, useMemo, useRef } from 'preact/hooks'
import type { FileEntry } from '../api/types'
import { takenBy } from '../core/arrange'
import type { RoomState } from '../core/room'
import { t } from '../i18n'
import { FileRow, type RowActions } from './file-row'

/** So many rows are drawn at first and with each step down the list: what an interaction costs must not grow with the room. */
const step = 60

/** `wish` tells the order and what is looked for: another one begins at the top again. */
interface RowsProps { state: RoomState; wish: string; files: FileEntry[]; selection: ReadonlySet<string> | null; actions: RowActions }

/** The files as rows, drawn as far as somebody looks. */
export function Rows({ state, wish, files, selection, actions }: RowsProps) {
  const drawn = useMemo(() => signal(step), [wish])
  const list = useRef<HTMLUListElement>(null)
  useNextRow(list, wish)
  const room = state.room.value!.name
  const present = new Set(state.present.value.map(m => m.id ?? ''))
  const leaving = new Map(state.leaving.value.map(l => [l.file.id, l.by]))
  const grow = () => { drawn.value += step }
  const growAndGoOn = () => {
    const next = drawn.value
    grow()
    setTimeout(() => list.current?.children[next]?.querySelector<HTMLElement>('a, button')?.focus())
  }
  return (
    <>
      <ul class="rows" ref={list}>
        {files.slice(0, drawn.value).map(file => (
          <FileRow key={file.id} file={file} room={room} actions={actions} mayRemove={state.mayRemove(file)} folded={state.removing.value.has(file.id)} undoable={!!state.removing.value.get(file.id)}
            removedBy={leaving.get(file.id) ?? ''} taken={takenWords(file, present)} selected={selection ? selection.has(file.id) : undefined} />
        ))}
      </ul>
      {files.length > drawn.value && <Further drawn={drawn.value} all={files.length} onNear={grow} onPress={growAndGoOn} />}
    </>
  )
}

/** The focus of a row that goes is the next one's, unless another list was wished for. */
function useNextRow(list: { current: HTMLUListElement | null }, wish: string) {
  const before = useRef(wish)
  const isSame = before.current === wish
  before.current = wish
  // Asked while the list is still as it was.
  const row = isSame && list.current?.contains(document.activeElement) ? document.activeElement!.closest('li') : null
  const at = row ? [...list.current!.children].indexOf(row) : -1
  // Behind what the rows themselves do.
  useEffect(() => {
    if (at < 0 || document.activeElement !== document.body) return
    const left = [...(list.current?.children ?? [])]
    const next = left.slice(Math.min(at, left.length - 1)).map(row => row.querySelector<HTMLElement>('a, button')).find(Boolean)
    ;(next ?? document.querySelector('h1'))?.focus()
  })
}

/** Stands below the rows that are drawn: whoever scrolls near gets more of them, and so does who presses it. */
function Further({ drawn, all, onNear, onPress }: { drawn: number; all: number; onNear: () => void; onPress: () => void }) {
  const button = useRef<HTMLButtonElement>(null)
  useEffect(() => {
    const watch = new IntersectionObserver(seen => { if (seen.some(s => s.isIntersecting)) onNear() }, { rootMargin: '1000px' })
    watch.observe(button.current!)
    return () => watch.disconnect()
  }, [drawn])
  return <button ref={button} class="quiet wide" onClick={onPress}>{t.more} ({t.found(drawn, all)})</button>
}

function takenWords(file: FileEntry, present: ReadonlySet<string>): string {
  const { have, of } = takenBy(file, present)
  return have === 0 ? '' : have === of ? t.everybodyHas : t.haveIt(have, of)
}
