import { useSignal } from '@preact/signals'
import { useRef } from 'preact/hooks'
import { t } from '../i18n'

const noteMs = 4000

interface Props { text: string; children: string; label?: string; class?: string; say: (sentence: string) => void }

/** Copies `text`; for a while its own words tell whether that went well. */
export function CopyButton({ text, children, label = '', class: className = 'second', say }: Props) {
  const note = useSignal('')
  const button = useRef<HTMLButtonElement>(null)
  const copy = async () => {
    note.value = (await copied(text)) ? t.copied : t.copyFailed
    // The old way takes the focus along.
    button.current?.focus()
    say(note.value)
    setTimeout(() => (note.value = ''), noteMs)
  }
  return <button ref={button} type="button" class={className} onClick={copy} aria-label={note.value || (label ? `${children} ${label}` : undefined)}>{note.value || children}</button>
}

/** The clipboard where the context is secure, else the old way, which plain http:// still has. */
async function copied(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    return copiedBySelection(text)
  }
}

function copiedBySelection(text: string): boolean {
  const area = document.createElement('textarea')
  area.value = text
  area.className = 'sr-only'
  // Where a dialog is open, nothing outside it can be selected.
  const place = document.querySelector('dialog[open]') ?? document.body
  place.append(area)
  area.select()
  const done = document.execCommand('copy')
  area.remove()
  return done
}
