import '../shared'
import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { getText } from '../api/client'
import type { FileEntry } from '../api/types'
import { sentenceFor } from '../core/sentences'
import { t } from '../i18n'
import { plainName } from '../core/names'
import { CopyButton } from './copy-button'
import { useScroller } from './scroller'

export interface NoteTextProps { room: string; file: FileEntry; say: (sentence: string) => void }

/** A note, read where it lies. */
export function NoteText({ room, file, say }: NoteTextProps) {
  const text = useSignal('')
  const error = useSignal('')
  const box = useScroller<HTMLParagraphElement>()
  useEffect(() => {
    getText(room, file.id).then(all => (text.value = all), e => (error.value = sentenceFor(e)))
  }, [file.id])
  return (
    <div class="note">
      {error.value && <p class="error small">{error.value}</p>}
      {text.value && <><p ref={box} class="written" dir="auto">{text.value}</p><CopyButton text={text.value} label={plainName(file.name)} class="quiet" say={say}>{t.copyText}</CopyButton></>}
    </div>
  )
}
