import '../shared'
import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { apiPath, getText, previewPath } from '../api/client'
import type { FileEntry } from '../api/types'
import { formatSize } from '../core/format'
import { kindOf } from '../core/kinds'
import { plainName } from '../core/names'
import { sentenceFor, sentenceOf } from '../core/sentences'
import { t } from '../i18n'
import { FileName } from './file-name'

export interface PreviewProps { room: string; files: FileEntry[]; id: string; onMove: (id: string) => void; onClose: () => void }

/** Looks at one file after the other, without taking any. */
export function Preview({ room, files, id, onMove, onClose }: PreviewProps) {
  const dialog = useRef<HTMLDialogElement>(null)
  const at = files.findIndex(f => f.id === id)
  const file = files[at]
  useEffect(() => {
    if (!file) onClose()
    else if (!dialog.current!.open) dialog.current!.showModal()
  }, [file])
  if (!file) return null
  const go = (step: number) => {
    const next = files[at + step]
    if (next) onMove(next.id)
  }
  return (
    <dialog ref={dialog} class="preview" aria-label={t.previewOf(plainName(file.name))} onClose={onClose} onKeyDown={e => go(stepOf(e))}>
      <header>
        <div class="what"><FileName name={file.name} /><span class="soft small"><bdi>{formatSize(file.size_bytes)}</bdi>{t.comma}{t.by(file.uploader)}{t.comma}{t.position(at + 1, files.length)}</span></div>
        <button class="quiet" autofocus onClick={() => dialog.current!.close()}>{t.closePreview}</button>
      </header>
      <div class="stage"><Content key={file.id} room={room} file={file} /></div>
      <footer>
        <button class="second" disabled={at === 0} onClick={() => go(-1)}>{t.previous}</button>
        <a class="button main" href={apiPath(room, `/files/${file.id}/content`)} download aria-label={`${t.download} ${plainName(file.name)}`}>{t.download}</a>
        <button class="second" disabled={at === files.length - 1} onClick={() => go(1)}>{t.next}</button>
      </footer>
    </dialog>
  )
}

/** The arrow keys, unless a player or a text under the focus has its own use for them; in the page's own direction. */
function stepOf(event: KeyboardEvent): number {
  const target = event.target as HTMLElement
  if (target.closest('video, audio, pre, iframe')) return 0
  const forward = document.documentElement.dir === 'rtl' ? 'ArrowLeft' : 'ArrowRight'
  const back = document.documentElement.dir === 'rtl' ? 'ArrowRight' : 'ArrowLeft'
  return event.key === forward ? 1 : event.key === back ? -1 : 0
}

function Content({ room, file }: { room: string; file: FileEntry }) {
  const failed = useSignal(false)
  const address = previewPath(room, file.id)
  const fail = () => (failed.value = true)
  if (failed.value) return <p class="error">{sentenceOf('not_previewable')}</p>
  switch (kindOf(file)) {
    case 'picture': return <img src={address} alt={plainName(file.name)} onError={fail} />
    case 'video': return <video src={address} controls playsInline onError={fail} aria-label={plainName(file.name)} />
    case 'audio': return <audio src={address} controls onError={fail} aria-label={plainName(file.name)} />
    // Phones show no PDF inside a page.
    case 'pdf': return navigator.pdfViewerEnabled
      ? <iframe src={address} title={plainName(file.name)} />
      : <a class="button" href={address} target="_blank" rel="noreferrer">{t.openInTab}</a>
    default: return <TextContent room={room} file={file} />
  }
}

function TextContent({ room, file }: { room: string; file: FileEntry }) {
  const text = useSignal<string | null>(null)
  const error = useSignal('')
  useEffect(() => {
    getText(room, file.id).then(all => (text.value = all), e => (error.value = sentenceFor(e)))
  }, [file.id])
  if (error.value) return <p class="error">{error.value}</p>
  return <pre tabIndex={0} dir="auto" aria-busy={text.value === null}>{text.value}</pre>
}
