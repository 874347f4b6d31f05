import type { FileEntry } from '../api/types'
import { formatLeft, formatSize, extensionOf } from '../core/format'
import { sentenceOf } from '../core/sentences'
import { t } from '../i18n'
import type { UploadQueue, UploadView } from '../upload/queue'
import { Meter } from './meter'

/** The files on their way up from here. Nothing where there are none. */
export function GoingUp({ queue, files, now }: { queue: UploadQueue; files: FileEntry[]; now: number }) {
  const views = queue.views.value
  if (views.length === 0) return null
  const running = views.filter(v => v.phase === 'uploading')
  const speed = running.reduce((sum, v) => sum + v.speed, 0)
  const left = views.reduce((sum, v) => sum + (v.phase === 'uploading' || v.phase === 'waiting' ? v.size - v.sent : 0), 0)
  return (
    <section class="card" aria-labelledby="going-up">
      <header>
        <h2 id="going-up">{t.goingUp}</h2>
        {speed > 0 && <span class="soft">{t.goingUpLeft(formatLeft((left / speed) * 1000), formatSize(speed))}</span>}
      </header>
      <ul class="rows">{views.map(view => <Row key={view.id} view={view} sent={sentOf(view, files)} queue={queue} now={now} />)}</ul>
    </section>
  )
}

/** How much of it the server has: after a reload only the room's list knows. */
const sentOf = (view: UploadView, files: FileEntry[]) =>
  view.phase === 'interrupted' ? (files.find(f => f.id === view.fileId)?.offset_bytes ?? 0) : view.sent

function Row({ view, sent, queue, now }: { view: UploadView; sent: number; queue: UploadQueue; now: number }) {
  const share = view.size === 0 ? 0 : sent / view.size
  const tone = view.phase === 'failed' || view.phase === 'retrying' ? 'bad' : view.phase === 'uploading' ? '' : 'calm'
  return (
    <li>
      <span class={`file-mark ${tone}`} aria-hidden="true">{extensionOf(view.name)}</span>
      <div class="what">
        <bdi class="title">{view.name}</bdi>
        <span class={tone === 'bad' ? 'error small' : 'soft small'}>{stateOf(view, share, now)}</span>
      </div>
      <div class="acts">
        {view.phase === 'uploading' && <button class="quiet" onClick={() => queue.pause(view.id)} aria-label={`${t.pause} ${view.name}`}>{t.pause}</button>}
        {view.phase === 'paused' && <button class="quiet" onClick={() => queue.resume(view.id)} aria-label={`${t.resume} ${view.name}`}>{t.resume}</button>}
        {view.phase === 'retrying' && <button class="quiet" onClick={() => queue.tryNow(view.id)} aria-label={`${t.tryNow}: ${view.name}`}>{t.tryNow}</button>}
        {view.phase === 'failed' && <button class="quiet" onClick={() => queue.tryNow(view.id)} aria-label={`${t.tryAgain}: ${view.name}`}>{t.tryAgain}</button>}
        <button class="quiet" onClick={() => queue.cancel(view.id)} aria-label={`${t.cancel} ${view.name}`}>{t.cancel}</button>
      </div>
      <Meter name={view.name} share={share} tone={tone} />
    </li>
  )
}

function stateOf(view: UploadView, share: number, now: number): string {
  switch (view.phase) {
    case 'waiting': return t.waiting
    case 'paused': return t.paused(Math.floor(share * 100))
    case 'retrying': return t.broke(Math.max(1, Math.ceil((view.retryAt - Math.min(now, view.retryAt)) / 1000)))
    case 'failed': return t.failedUpload(view.name, sentenceOf(view.code, view.field))
    case 'interrupted': return t.interrupted(Math.floor(share * 100))
    default: return t.progress(formatSize(view.sent), formatSize(view.size), view.speed > 0 ? formatLeft(((view.size - view.sent) / view.speed) * 1000) : '', view.speed > 0 ? formatSize(view.speed) : '')
  }
}
