import { useSignal } from '@preact/signals'
import { apiPath, removeFile } from '../api/client'
import type { FileEntry } from '../api/types'
import { extensionOf, formatSize } from '../core/format'
import type { RoomState } from '../core/room'
import { sentenceFor } from '../core/sentences'
import { t } from '../i18n'
import type { UploadQueue } from '../upload/queue'
import { Meter } from './meter'

/** What lies on the room's table: complete files, and those that others are putting there. */
export function Table({ state, ownUploads }: { state: RoomState; ownUploads: UploadQueue }) {
  const error = useSignal('')
  const own = new Set(ownUploads.views.value.map(v => v.name))
  const files = state.files.value.filter(f => f.state === 'complete' || f.uploader_id !== state.me.value?.id || !own.has(f.name))
  const complete = files.filter(f => f.state === 'complete').length
  const remove = async (file: FileEntry) => {
    error.value = ''
    try {
      await removeFile(state.room.value!.name, file.id)
    } catch (e) {
      error.value = sentenceFor(e)
    }
  }
  return (
    <section class="card" aria-labelledby="on-table">
      <header>
        <div>
          <h2 id="on-table">{t.onTable}</h2>
          {files.length > 0 && <span class="soft small">{formatSize(files.reduce((sum, f) => sum + f.size_bytes, 0))}</span>}
        </div>
        {complete > 1 && <a class="button" href={apiPath(state.room.value!.name, '/archive.zip')} download aria-label={`${t.downloadAll} ${t.downloadAllHint}`}>{t.downloadAll}</a>}
      </header>
      {error.value && <p class="error" role="alert">{error.value}</p>}
      {files.length === 0 && <p class="empty"><strong>{t.empty}</strong><br /><span class="soft">{t.emptyHint}</span></p>}
      <ul class="rows">{files.map(file => <Row key={file.id} file={file} state={state} onRemove={() => remove(file)} />)}</ul>
    </section>
  )
}

function Row({ file, state, onRemove }: { file: FileEntry; state: RoomState; onRemove: () => void }) {
  const share = file.size_bytes === 0 ? 1 : file.offset_bytes / file.size_bytes
  const complete = file.state === 'complete'
  return (
    <li>
      <span class="file-mark" aria-hidden="true">{extensionOf(file.name)}</span>
      <div class="what">
        <bdi class="title">{file.name}</bdi>
        <span class="soft small">{complete ? `${formatSize(file.size_bytes)}, ${t.by(file.uploader)}` : t.arriving(Math.floor(share * 100), file.uploader)}</span>
      </div>
      <div class="acts">
        {complete && <a class="button" href={apiPath(state.room.value!.name, `/files/${file.id}/content`)} download aria-label={`${t.download} ${file.name}`}>{t.download}</a>}
        {state.mayRemove(file) && <button class="quiet" onClick={onRemove} aria-label={`${t.remove} ${file.name}`}>{t.remove}</button>}
      </div>
      {!complete && <Meter name={file.name} share={share} />}
    </li>
  )
}
