import { useSignal } from '@preact/signals'
import { roomPath } from '../api/client'
import { inviteLink } from '../core/invite'
import { t } from '../i18n'
import { CopyButton } from './copy-button'
import { lazy } from './lazy'

const Code = lazy<{ text: string }>(() => import('./qr').then(module => module.Code))

interface Props {
  room: string
  password: string
  say: (sentence: string) => void
  /** on a narrow screen: one row until more is asked for */
  folds?: boolean
}

/** How to let someone in: by scanning, by link, by word of mouth, by a text for a chat. */
export function Invitation({ room, password, say, folds = false }: Props) {
  const open = useSignal(!folds)
  const link = password ? inviteLink(location.origin, roomPath(room), password) : location.origin + roomPath(room)
  return (
    <section class="card invite" aria-labelledby="let-in">
      <header>
        <h2 id="let-in">{t.letIn}</h2>
        {folds && <button class="second" aria-expanded={open.value} onClick={() => (open.value = !open.value)}>{open.value ? t.hideCode : t.showCode}</button>}
      </header>
      {open.value && <>
        <div class="qr"><Code text={link} /></div>
        <p><span class="soft">{location.host}</span><br /><strong class="say"><bdi>{room}</bdi></strong><br />
          {password ? <><span class="soft">{t.passwordIs}</span><br /><strong class="say"><bdi>{password}</bdi></strong></> : <span class="soft small">{t.passwordUnknown}</span>}</p>
        <CopyButton text={link} class="main wide" say={say}>{t.copyLink}</CopyButton>
        <CopyButton text={password ? t.invitation(link, room, password) : link} class="second wide" say={say}>{t.copy}</CopyButton>
      </>}
    </section>
  )
}
