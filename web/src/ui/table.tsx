import { useComputed, useSignal, type Signal } from '@preact/signals'
import { useEffect, useMemo } from 'preact/hooks'
import { removeFile } from '../api/client'
import { arrange, find, type Order } from '../core/arrange'
import { formatSize } from '../core/format'
import { isNote, kindOf } from '../core/kinds'
import { Removals } from '../core/removals'
import type { RoomState } from '../core/room'
import { sentenceFor } from '../core/sentences'
import { t } from '../i18n'
import type { UploadQueue } from '../upload/queue'
import { FetchBar } from './fetch-bar'
import type { RowActions } from './file-row'
import { lazy } from './lazy'
import type { PreviewProps } from './preview'
import { Rows } from './rows'
import { TableTools } from './table-tools'

const Preview = lazy<PreviewProps>(() => import('./preview').then(module => module.Preview))

/** What lies on the room's table: complete files, and those that others are putting there. */
export function Table({ state, queue }: { state: RoomState; queue: Signal<UploadQueue | null> }) {
  const order = useSignal<Order>('newest')
  const filter = useSignal('')
  const selection = useSignal<ReadonlySet<string> | null>(null)
  const looking = useSignal('')
  const error = useSignal('')
  const actions = useRowActions(state, selection, looking, error)

  // By name where the entry isn't known yet; the server keeps names in this form.
  const own = useComputed(() => queue.value?.views.value.map(v => `${v.fileId}\n${v.name.normalize()}`).join('\n') ?? '')
  const files = useComputed(() => {
    const going = new Set(own.value.split('\n'))
    return state.files.value.filter(f => f.state === 'complete' || f.uploader_id !== state.me.value?.id || !(going.has(f.id) || going.has(f.name)))
  })
  const sorted = useComputed(() => arrange([...files.value, ...state.leaving.value.map(l => l.file)], order.value))
  const shown = useComputed(() => find(sorted.value, filter.value))
  const complete = useComputed(() => files.value.filter(f => f.state === 'complete' && !state.removing.value.has(f.id)))
  return (
    <section class="card table" aria-labelledby="on-table">
      <header>
        <div>
          <h2 id="on-table">{t.onTable}</h2>
          {files.value.length > 0 && <span class="soft small">{t.files(files.value.length, formatSize(files.value.reduce((sum, f) => sum + f.size_bytes, 0)))}</span>}
        </div>
        {(complete.value.length > 1 || selection.value) && <FetchBar room={state.room.value!.name} complete={complete.value} selection={selection} />}
      </header>
      {(files.value.length > 1 || filter.value || selection.value) && <TableTools order={order} filter={filter} selection={selection} all={files.value.length} shown={shown.value} complete={complete.value} />}
      {error.value && <p class="error">{error.value}</p>}
      {shown.value.length === 0 && files.value.length === 0 && <p class="empty"><strong>{t.empty}</strong><br /><span class="soft">{t.emptyHint}</span></p>}
      <Rows state={state} wish={`${order.value} ${filter.value}`} files={shown.value} selection={selection.value} actions={actions} />
      {looking.value && <Preview room={state.room.value!.name} files={shown.value.filter(f => kindOf(f) && !isNote(f))} id={looking.value} onMove={id => (looking.value = id)} onClose={() => (looking.value = '')} />}
    </section>
  )
}

type Box<T> = { value: T }

/** What the rows ask for. The files that were removed here go out at the latest with the page. */
function useRowActions(state: RoomState, selection: Box<ReadonlySet<string> | null>, looking: Box<string>, error: Box<string>): RowActions {
  const room = state.room.value!.name
  const fail = (e: unknown) => state.news.assertive.say((error.value = sentenceFor(e)))
  const removals = useMemo(() => new Removals(state.removing, (id, leaving) => removeFile(room, id, leaving), fail), [room])
  useEffect(() => {
    const flush = (state.settle = () => removals.flush())
    // A phone that is put away stops the page without a word, and may end it.
    const put = () => { if (document.hidden && matchMedia('(pointer: coarse)').matches) void flush() }
    addEventListener('pagehide', flush)
    document.addEventListener('visibilitychange', put)
    return () => {
      removeEventListener('pagehide', flush)
      document.removeEventListener('visibilitychange', put)
      void flush()
    }
  }, [removals])
  return useMemo(() => ({
    remove: file => {
      error.value = ''
      removals.remove(file.id)
      state.news.polite.say(t.removedUndo)
    },
    undo: id => removals.undo(id),
    preview: file => (looking.value = file.id),
    select: (id, on) => (selection.value = withOr(selection.value, id, on)),
    say: sentence => state.news.polite.say(sentence),
  }), [removals])
}

function withOr(ids: ReadonlySet<string> | null, id: string, on: boolean): ReadonlySet<string> {
  const changed = new Set(ids ?? [])
  if (on) changed.add(id)
  else changed.delete(id)
  return changed
}
