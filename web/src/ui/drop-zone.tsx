import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { t } from '../i18n'
import { filesOf, filesOfInput, handlePicker, pastedName, type Picked } from '../upload/drop'

interface Props {
  title: string
  hint: string
  busy?: boolean
  folder?: boolean
  onFiles: (files: Picked[]) => void
  /** a text was pasted outside every field */
  onText?: (text: string) => void
}

/** Takes files dropped or pasted anywhere on the page, or chosen here. */
export function DropZone({ title, hint, busy = false, folder = false, onFiles, onText }: Props) {
  const over = useAnywhere(onFiles, onText)
  const take = (input: HTMLInputElement) => {
    const files = filesOfInput(input.files)
    input.value = ''
    if (files.length > 0) onFiles(files)
  }
  const pick = async (e: MouseEvent) => {
    const picker = handlePicker()
    if (!picker) return
    e.preventDefault()
    const files = await picker()
    if (files.length > 0) onFiles(files)
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
    </div>
  )
}

const hasFiles = (data: DataTransfer | null) => !!data && [...data.types].includes('Files')
const isField = (target: EventTarget | null) => target instanceof Element && !!target.closest('input:not([type=file]), textarea, [contenteditable]')

/** Listens on the whole page; tells whether files are held over it. */
function useAnywhere(onFiles: Props['onFiles'], onText: Props['onText']) {
  const over = useSignal(false)
  // The newest of each, so that drawing the page anew doesn't listen anew.
  const given = useRef({ onFiles, onText })
  given.current = { onFiles, onText }
  useEffect(() => {
    const listening = new AbortController()
    const on = <K extends keyof DocumentEventMap>(type: K, act: (event: DocumentEventMap[K]) => void) => document.addEventListener(type, act, { signal: listening.signal })
    const take = async (data: DataTransfer) => given.current.onFiles(await filesOf(data))
    const takePasted = async (data: DataTransfer) =>
      given.current.onFiles((await filesOf(data)).map(picked => ({ ...picked, name: pastedName(picked.name, t.picture, new Date()) })))
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
      void take(e.dataTransfer!)
    })
    on('paste', e => {
      if (hasFiles(e.clipboardData)) return void takePasted(e.clipboardData!)
      const text = isField(e.target) ? '' : (e.clipboardData?.getData('text/plain') ?? '')
      if (text.trim()) given.current.onText?.(text)
    })
    return () => listening.abort()
  }, [])
  return over
}
