import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { plainName } from '../core/names'
import { t } from '../i18n'
import { filesOf, filesOfInput, handlePicker, pastedName, type Picked, type Unread } from '../upload/drop'

interface Props {
  title: string
  hint: string
  busy?: boolean
  folder?: boolean
  onFiles: (files: Picked[]) => void
  /** a text was pasted outside every field */
  onText?: (text: string) => void
}

/** Hands on what `open` finds, and shows what it couldn't read. */
type Read = (open: (unread: Unread) => Promise<Picked[]>) => Promise<void>

/** Takes files dropped or pasted anywhere on the page, or chosen here. */
export function DropZone({ title, hint, busy = false, folder = false, onFiles, onText }: Props) {
  const unread = useSignal<string[]>([])
  const read: Read = async open => {
    unread.value = []
    const files = await open(name => { unread.value = [...unread.value, plainName(name)] })
    if (files.length > 0) onFiles(files)
  }
  const over = useAnywhere(read, onText)
  const take = (input: HTMLInputElement) => {
    const files = filesOfInput(input.files)
    input.value = ''
    void read(async () => files)
  }
  const pick = (e: MouseEvent) => {
    const picker = handlePicker()
    if (!picker) return
    e.preventDefault()
    void read(picker)
  }
  return (
    <div class={over.value ? 'drop over' : 'drop'} aria-busy={busy}>
      <label>
        <strong>{title}</strong>
        <span class="soft">{busy ? t.opening : hint}</span>
        <input type="file" multiple disabled={busy} onClick={pick} onChange={e => take(e.currentTarget)} aria-label={title} />
      </label>
      {folder && (
        <label class="folder">
          <span>{t.dropFolder}</span>
          <input type="file" multiple ref={el => el?.setAttribute('webkitdirectory', '')} onChange={e => take(e.currentTarget)} aria-label={t.dropFolder} />
        </label>
      )}
      {unread.value.length > 0 && <p class="error say" role="alert">{t.unread(unread.value.join(t.comma))}</p>}
    </div>
  )
}

const hasFiles = (data: DataTransfer | null) => !!data && [...data.types].includes('Files')
const isField = (target: EventTarget | null) => target instanceof Element && !!target.closest('input:not([type=file]), textarea, [contenteditable]')

/** Listens on the whole page; tells whether files are held over it. */
function useAnywhere(read: Read, onText: Props['onText']) {
  const over = useSignal(false)
  // The newest of each, so that drawing the page anew doesn't listen anew.
  const given = useRef({ read, onText })
  given.current = { read, onText }
  useEffect(() => {
    const listening = new AbortController()
    const on = <K extends keyof DocumentEventMap>(type: K, act: (event: DocumentEventMap[K]) => void) => document.addEventListener(type, act, { signal: listening.signal })
    on('dragover', e => {
      if (!hasFiles(e.dataTransfer)) return
      e.preventDefault()
      over.value = true
    })
    on('dragleave', e => { if (!e.relatedTarget) over.value = false })
    on('drop', e => {
      over.value = false
      if (!hasFiles(e.dataTransfer)) return
      e.preventDefault()
      void given.current.read(unread => filesOf(e.dataTransfer!, unread))
    })
    on('paste', e => {
      const data = e.clipboardData!
      const text = data.getData('text/plain')
      // What is copied from an office program is a text and a picture of it: a field takes the text.
      if (text && isField(e.target)) return
      if (hasFiles(data)) void given.current.read(unread => pastedOf(data, unread))
      else if (text.trim()) given.current.onText?.(text)
    })
    return () => listening.abort()
  }, [])
  return over
}

const pastedOf = async (data: DataTransfer, unread: Unread) =>
  (await filesOf(data, unread)).map(picked => ({ ...picked, name: pastedName(picked.name, t.picture, new Date()) }))
