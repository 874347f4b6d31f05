import type { Signal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { t } from '../i18n'

interface Props { draft: Signal<string | null>; onNote: (text: string) => void }

/** A text on its way to the table; null while none is written. What was pasted stands here first: one may have pasted a secret. */
export function NoteBox({ draft, onNote }: Props) {
  const field = useRef<HTMLTextAreaElement>(null)
  const opener = useRef<HTMLButtonElement>(null)
  const isOpen = draft.value !== null
  const wasOpen = useRef(isOpen)
  useEffect(() => {
    // What was begun before uploads were locked is here again when they are unlocked: that is no reason to take the focus.
    if (wasOpen.current === isOpen) return
    wasOpen.current = isOpen
    ;(field.current ?? opener.current)?.focus()
  }, [isOpen])
  if (!isOpen) return <button ref={opener} class="quiet write" onClick={() => (draft.value = '')}>{t.writeNote}</button>
  const put = () => {
    if (!draft.value?.trim()) return field.current?.focus()
    onNote(draft.value)
    draft.value = null
  }
  const onKey = (e: KeyboardEvent) => {
    // What is written goes by its button alone; an input method has its own Escape.
    if (e.key === 'Escape' && !draft.value && !e.isComposing) draft.value = null
    if (e.key === 'Enter' && (e.ctrlKey || e.metaKey)) put()
  }
  return (
    <form class="card stack" onSubmit={e => { e.preventDefault(); put() }}>
      <label>{t.noteText}
        <textarea ref={field} rows={4} dir="auto" value={draft.value!} onInput={e => (draft.value = e.currentTarget.value)} onKeyDown={onKey} />
      </label>
      <div class="acts">
        <button class="main">{t.notePut}</button>
        <button type="button" class="quiet" onClick={() => (draft.value = null)}>{t.cancel}</button>
      </div>
    </form>
  )
}
