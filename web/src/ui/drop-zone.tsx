import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { t } from '../i18n'
import { filesOf, filesOfInput, type Picked } from '../upload/drop'

interface Props { title: string; hint: string; busy?: boolean; folder?: boolean; onFiles: (files: Picked[]) => void }

/** Takes files dropped or pasted anywhere on the page, or chosen here. */
export function DropZone({ title, hint, busy = false, folder = false, onFiles }: Props) {
  const over = useSignal(false)

  useEffect(() => {
    const hasFiles = (data: DataTransfer | null) => !!data && [...data.types].includes('Files')
    const onOver = (e: DragEvent) => {
      if (!hasFiles(e.dataTransfer)) return
      e.preventDefault()
      over.value = true
    }
    const onLeave = (e: DragEvent) => { if (!e.relatedTarget) over.value = false }
    const onDrop = async (e: DragEvent) => {
      over.value = false
      if (!hasFiles(e.dataTransfer)) return
      e.preventDefault()
      onFiles(await filesOf(e.dataTransfer!))
    }
    const onPaste = async (e: ClipboardEvent) => {
      if (hasFiles(e.clipboardData)) onFiles(await filesOf(e.clipboardData!))
    }
    document.addEventListener('dragover', onOver)
    document.addEventListener('dragleave', onLeave)
    document.addEventListener('drop', onDrop)
    document.addEventListener('paste', onPaste)
    return () => {
      document.removeEventListener('dragover', onOver)
      document.removeEventListener('dragleave', onLeave)
      document.removeEventListener('drop', onDrop)
      document.removeEventListener('paste', onPaste)
    }
  }, [onFiles])

  const take = (input: HTMLInputElement) => {
    const files = filesOfInput(input.files)
    input.value = ''
    if (files.length > 0) onFiles(files)
  }
  return (
    <div class={over.value ? 'drop over' : 'drop'} aria-busy={busy}>
      <label>
        <strong>{title}</strong>
        <span class="soft">{hint}</span>
        <input type="file" multiple disabled={busy} onChange={e => take(e.currentTarget)} aria-label={title} />
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
