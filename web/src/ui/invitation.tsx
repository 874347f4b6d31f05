import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { roomPath } from '../api/client'
import { inviteLink } from '../core/invite'
import { t } from '../i18n'

/**
 * How to let someone in: by scanning, by link, by word of mouth.
 *
 * folds   on a narrow screen: one row until more is asked for
 */
export function Invitation({ room, password, folds = false }: { room: string; password: string; folds?: boolean }) {
  const open = useSignal(!folds)
  const note = useSignal('')
  const link = password ? inviteLink(location.origin, roomPath(room), password) : location.origin + roomPath(room)
  const copy = async () => {
    note.value = (await copied(password ? t.invitation(link, room, password) : link)) ? t.copied : t.copyFailed
    setTimeout(() => (note.value = ''), 4000)
  }
  return (
    <section class="card invite" aria-labelledby="let-in">
      <header>
        <h2 id="let-in">{t.letIn}</h2>
        {folds && <button class="second" aria-expanded={open.value} onClick={() => (open.value = !open.value)}>{open.value ? t.hideCode : t.showCode}</button>}
      </header>
      {open.value && <>
        <Code text={link} />
        <p><span class="soft">{location.host}</span><br /><strong class="say">{room}</strong><br />
          {password ? <>{t.passwordIs} <strong class="say">{password}</strong></> : <span class="soft small">{t.passwordUnknown}</span>}</p>
        <button class="main wide" onClick={copy}>{note.value || t.copy}</button>
        <p class="sr-only" role="status">{note.value}</p>
      </>}
    </section>
  )
}

/** The clipboard where the context is secure, else the old way, which plain http:// still has. */
async function copied(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    const area = document.createElement('textarea')
    area.value = text
    area.className = 'sr-only'
    document.body.append(area)
    area.select()
    const done = document.execCommand('copy')
    area.remove()
    return done
  }
}

function Code({ text }: { text: string }) {
  const path = useSignal<{ d: string; size: number } | null>(null)
  useEffect(() => {
    void import('uqr').then(({ encode }) => {
      const { data, size } = encode(text, { border: 2 })
      path.value = { d: data.map((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : '')).join('')).join(''), size }
    })
  }, [text])
  if (!path.value) return <div class="qr" />
  return <svg class="qr" viewBox={`0 0 ${path.value.size} ${path.value.size}`} role="img" aria-label={t.qr} shape-rendering="crispEdges"><path d={path.value.d} /></svg>
}
