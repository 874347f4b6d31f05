import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { apiPath } from '../api/client'
import type { FileEntry } from '../api/types'
import { extensionOf, formatMinute, formatSize } from '../core/format'
import { isNote, kindOf } from '../core/kinds'
import { dangerOf, plainName, shownName } from '../core/names'
import { t } from '../i18n'
import type { DetailsProps } from './details'
import { FileName } from './file-name'
import { lazy } from './lazy'
import { memo } from './memo'
import { Meter } from './meter'
import type { NoteTextProps } from './note-text'

const NoteText = lazy<NoteTextProps>(() => import('./note-text').then(module => module.NoteText))
const Details = lazy<DetailsProps>(() => import('./details').then(module => module.Details))

/** What a row can ask for. One object for all rows and for the table's life: a row isn't drawn anew for it. */
export interface RowActions {
  remove: (file: FileEntry) => void
  undo: (id: string) => void
  preview: (file: FileEntry) => void
  select: (id: string, on: boolean) => void
  say: (sentence: string) => void
}

interface Props {
  file: FileEntry
  room: string
  actions: RowActions
  mayRemove: boolean
  /** removed here, and not yet told to the server */
  folded: boolean
  undoable: boolean
  /** who has just removed it, while it fades; '' else */
  removedBy: string
  /** how many of those here have it, in words */
  taken: string
  /** undefined while nothing is being selected */
  selected: boolean | undefined
}

/** One file on the table. */
export const FileRow = memo<Props>(props => {
  const { file, folded, undoable, removedBy, actions } = props
  const wasFolded = useRef(false)
  useEffect(() => { wasFolded.current = folded }, [folded])
  if (removedBy) return <li class="going"><Mark file={file} /><div class="what"><FileName name={file.name} /><span class="soft small">{t.removedBy(removedBy)}</span></div></li>
  return folded ? <Folded file={file} onUndo={undoable ? () => actions.undo(file.id) : undefined} /> : <Lying {...props} isBack={wasFolded.current} />
})

/** Takes the focus along: the button that was pressed is gone. */
function useFocus(takes: boolean) {
  const button = useRef<HTMLButtonElement>(null)
  useEffect(() => { if (takes) button.current?.focus() }, [])
  return button
}

function Folded({ file, onUndo }: { file: FileEntry; onUndo: (() => void) | undefined }) {
  const button = useFocus(true)
  return (
    <li class="folded">
      <span class="soft"><FileName name={file.name} /> {t.removedHere}</span>
      {onUndo && <button ref={button} class="quiet" onClick={onUndo} aria-label={`${t.undo} ${plainName(file.name)}`}>{t.undo}</button>}
    </li>
  )
}

function Lying({ file, room, actions, mayRemove, taken, selected, isBack }: Props & { isBack: boolean }) {
  const removal = useFocus(isBack)
  const more = useSignal(false)
  const name = plainName(file.name)
  const share = file.size_bytes === 0 ? 1 : file.offset_bytes / file.size_bytes
  const complete = file.state === 'complete'
  const note = complete && isNote(file)
  const called = <FileName name={file.name} />
  const get = complete ? t.download : t.follow
  return (
    <li>
      {selected !== undefined && complete
        ? <label class="tick"><input type="checkbox" checked={selected} onChange={e => actions.select(file.id, e.currentTarget.checked)} aria-label={t.selectOne(name)} /></label>
        : <Mark file={file} />}
      <div class="what">
        {kindOf(file) && !note ? <button class="look" onClick={() => actions.preview(file)} aria-label={t.previewOf(name)}>{called}</button> : called}
        <span class="soft small">{complete ? <Facts file={file} taken={taken} /> : file.state === 'checking' ? t.checking : t.arriving(Math.floor(share * 100), file.uploader) + (file.whole_first ? t.comma + t.wholeFirst : '')}</span>
        <Warning file={file} />
      </div>
      <div class="acts">
        {!file.whole_first && <a class="button" href={apiPath(room, `/files/${file.id}/content`)} download aria-label={`${get} ${name}`}>{get}</a>}
        {mayRemove && <button ref={removal} class="quiet" onClick={() => actions.remove(file)} aria-label={`${t.remove} ${name}`}>{t.remove}</button>}
        {complete && <button class="quiet" aria-expanded={more.value} onClick={() => (more.value = !more.value)} aria-label={`${t.more}: ${name}`}>{t.more}</button>}
      </div>
      {!complete && <Meter name={name} share={share} />}
      {note && <NoteText room={room} file={file} say={actions.say} />}
      {more.value && <Details file={file} say={actions.say} />}
    </li>
  )
}

const Mark = ({ file }: { file: FileEntry }) => <span class={dangerOf(file.name) ? 'file-mark bad' : 'file-mark'} aria-hidden="true">{isNote(file) ? t.note : extensionOf(file.name)}</span>

const Facts = ({ file, taken }: { file: FileEntry; taken: string }) => (
  <><bdi>{formatSize(file.size_bytes)}</bdi>{t.comma}{t.by(file.uploader)}{t.comma}<time dateTime={file.created_at}>{formatMinute(file.created_at)}</time>{taken && t.comma + taken}{file.unchecked && t.comma + t.unchecked}</>
)

function Warning({ file }: { file: FileEntry }) {
  const danger = dangerOf(file.name)
  if (!danger) return null
  return <span class="warns small">{danger === 'disguised' ? t.disguised(shownName(file.name.trimEnd()).ending.slice(1)) : t.canRun(file.uploader)}</span>
}
