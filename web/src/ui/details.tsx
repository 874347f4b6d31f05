import '../shared'
import type { FileEntry } from '../api/types'
import { plainName } from '../core/names'
import { t } from '../i18n'
import { CopyButton } from './copy-button'

export interface DetailsProps { file: FileEntry; say: (sentence: string) => void }

/** What came straight to the store has no SHA-256: no server of ours has read it. */
export function Details({ file, say }: DetailsProps) {
  return (
    <dl class="details small">
      {file.sha256 && <><dt>SHA-256</dt><dd><code>{file.sha256}</code><CopyButton text={file.sha256} label={`SHA-256 ${plainName(file.name)}`} class="quiet" say={say}>{t.copySum}</CopyButton></dd></>}
      <dt>{t.exactSize}</dt>
      <dd>{t.bytes(file.size_bytes)}</dd>
    </dl>
  )
}
