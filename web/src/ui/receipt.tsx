import '../shared'
import { useEffect, useMemo } from 'preact/hooks'
import { apiPath, call } from '../api/client'
import type { Receipt } from '../api/types'
import { formatDuration, formatSize, formatTime } from '../core/format'
import { ReceiptState, type Erasure } from '../core/receipt'
import { currentLanguage, say, t } from '../i18n'
import { receipts } from '../i18n/receipts'

/** What was erased of a room and when, as the server has signed it, once it has. */
export function ReceiptNote({ name }: { name: string }) {
  const path = apiPath(name, '/receipt')
  const state = useMemo(() => new ReceiptState(() => call<Receipt>('GET', path)), [path])
  useEffect(() => {
    void state.ask()
    return () => state.stop()
  }, [state])
  const stage = state.stage.value
  const words = receipts[currentLanguage()]
  return (
    <>
      <p class="soft" role="status">
        {stage === 'waiting' && words.erasing}
        {stage === 'late' && words.notErasedYet}
        {stage === 'there' && sentenceOf(state.erasure.value!)}
      </p>
      {stage === 'late' && <button type="button" class="second" onClick={() => void state.ask()}>{words.lookAgain}</button>}
      {stage === 'there' && <a class="button" href={path} download={`receipt-${name}.json`}>{words.saveReceipt}</a>}
    </>
  )
}

function sentenceOf({ bytes_erased_at, late_ms, files, bytes }: Erasure) {
  const late = late_ms < 10_000 ? `${say().number(Math.max(0.1, late_ms / 1000), 1)}\u00a0${t.short.second}` : formatDuration(Math.round(late_ms / 1000))
  return receipts[currentLanguage()].erasedAt(formatTime(bytes_erased_at), late, t.files(files, formatSize(bytes)))
}
