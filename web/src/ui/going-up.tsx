import '../shared'
import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { Announcer } from '../core/announcer'
import { formatLeft, formatSize, extensionOf } from '../core/format'
import { mayPass } from '../core/lasting'
import { plainName } from '../core/names'
import type { RoomState } from '../core/room'
import { sentenceOf } from '../core/sentences'
import { t } from '../i18n'
import { filesOfInput, type Picked } from '../upload/drop'
import { keepInStep } from '../upload/elsewhere'
import type { UploadQueue, UploadView } from '../upload/queue'
import { FileName } from './file-name'
import { useKeptFocus } from './kept-focus'
import { memo } from './memo'
import { Meter } from './meter'

export interface GoingUpProps { queue: UploadQueue; state: RoomState }

/** The files on their way up from here. Nothing where there are none. */
export function GoingUp({ queue, state }: GoingUpProps) {
  const views = queue.views.value
  const box = useKeptFocus<HTMLElement>()
  useEffect(() => keepInStep(queue, state), [queue])
  if (views.length === 0) return null
  const speed = views.reduce((sum, v) => sum + (v.phase === 'uploading' ? v.speed : 0), 0)
  const left = views.reduce((sum, v) => sum + (v.phase === 'uploading' || v.phase === 'waiting' ? v.size - v.sent : 0), 0)
  return (
    <section ref={box} class="card" aria-labelledby="going-up">
      <header>
        <h2 id="going-up">{t.goingUp}</h2>
        {speed > 0 && <span class="soft">{t.goingUpLeft(formatLeft((left / speed) * 1000), formatSize(speed))}</span>}
      </header>
      <ul class="rows">
        {views.map(view => (
          <Row key={view.id} view={view} sent={sentOf(view, state)} queue={queue} news={state.news}
            retryIn={view.phase === 'retrying' ? state.secondsTo(view.retryAt) : 0} free={view.phase === 'failed' ? state.freeBytes.value : 0} />
        ))}
      </ul>
    </section>
  )
}

/** How much of it the server has: after a reload only the room's list knows. */
const sentOf = (view: UploadView, state: RoomState) =>
  view.phase === 'interrupted' ? (state.files.value.find(f => f.id === view.fileId)?.offset_bytes ?? 0) : view.sent

/** `retryIn` in seconds, while it is retrying; `free` in bytes, while it has failed. */
interface RowProps { view: UploadView; sent: number; queue: UploadQueue; news: Announcer; retryIn: number; free: number }

/** Whether it may still arrive. */
const isOpen = (view: UploadView) => view.phase !== 'failed' || mayPass(view.code)

const tones: Partial<Record<UploadView['phase'], string>> = { failed: 'bad', retrying: 'bad', uploading: '' }

const Row = memo<RowProps>(({ view, sent, queue, news, retryIn, free }) => {
  const share = view.size === 0 ? 0 : sent / view.size
  const tone = tones[view.phase] ?? 'calm'
  const mistake = useSignal('')
  const choose = (files: Picked[]) => {
    mistake.value = files.every(f => f.file.size === view.size) ? '' : t.otherFile(formatSize(view.size))
    if (mistake.value) news.assertive.say(mistake.value)
    else queue.add(files.map(f => ({ ...f, name: view.name })))
  }
  const wrong = view.phase === 'interrupted' && mistake.value
  return (
    <li>
      <span class={`file-mark ${tone}`} aria-hidden="true">{extensionOf(view.name)}</span>
      <div class="what">
        <FileName name={view.name} />
        <span class={tone === 'bad' || wrong ? 'error small' : 'soft small'}>{wrong || wordsOf(view, share, retryIn, free)}</span>
      </div>
      <Acts view={view} queue={queue} onChoose={choose} />
      {isOpen(view) && <Meter name={plainName(view.name)} share={share} tone={tone} />}
    </li>
  )
})

function wordsOf(view: UploadView, share: number, retryIn: number, free: number): string {
  const percent = Math.floor(share * 100)
  switch (view.phase) {
    case 'waiting': return t.waiting
    case 'paused': return t.paused(percent)
    case 'retrying': return t.broke(retryIn)
    case 'failed': return failureOf(view, percent, free)
    case 'interrupted': return view.canGoOn ? t.interruptedHere(percent) : t.interrupted(percent)
    default: return t.progress(formatSize(view.sent), formatSize(view.size), view.speed > 0 ? formatLeft(((view.size - view.sent) / view.speed) * 1000) : '', view.speed > 0 ? formatSize(view.speed) : '')
  }
}

function failureOf(view: UploadView, percent: number, free: number): string {
  const name = plainName(view.name)
  const why = view.code === 'room_full' ? t.full(name, formatSize(view.size), formatSize(free)) : t.failedUpload(name, sentenceOf(view.code, view.field))
  return percent > 0 && isOpen(view) ? `${why} ${t.kept(percent)}` : why
}

function Acts({ view, queue, onChoose }: { view: UploadView; queue: UploadQueue; onChoose: (files: Picked[]) => void }) {
  const { id, phase } = view
  const name = plainName(view.name)
  const ends = phase === 'failed' ? t.remove : t.cancel
  const box = useKeptFocus<HTMLDivElement>()
  return (
    <div ref={box} class="acts">
      {phase === 'uploading' && <button class="quiet" onClick={() => queue.pause(id)} aria-label={`${t.pause} ${name}`}>{t.pause}</button>}
      {phase === 'paused' && <button class="quiet" onClick={() => queue.resume(id)} aria-label={`${t.resume} ${name}`}>{t.resume}</button>}
      {phase === 'retrying' && <button class="quiet" onClick={() => queue.tryNow(id)} aria-label={`${t.tryNow}: ${name}`}>{t.tryNow}</button>}
      {phase === 'failed' && isOpen(view) && <button class="quiet" onClick={() => queue.tryNow(id)} aria-label={`${t.tryAgain}: ${name}`}>{t.tryAgain}</button>}
      {phase === 'interrupted' && (view.canGoOn
        ? <button class="second" onClick={() => queue.goOn(id)} aria-label={`${t.goOn}: ${name}`}>{t.goOn}</button>
        : <Choose name={name} onFiles={onChoose} />)}
      <button class="quiet" onClick={() => queue.cancel(id)} aria-label={`${ends} ${name}`}>{ends}</button>
    </div>
  )
}

/** The same file again, so that the upload it belongs to goes on. */
const Choose = ({ name, onFiles }: { name: string; onFiles: (files: Picked[]) => void }) => (
  <label class="button second choose">{t.choose}
    <input type="file" class="sr-only" aria-label={`${t.choose}: ${name}`} onChange={e => onFiles(filesOfInput(e.currentTarget.files))} />
  </label>
)
