import { useSignal } from '@preact/signals'
import { removeMember } from '../api/client'
import type { Member } from '../api/types'
import type { RoomState } from '../core/room'
import { sentenceFor } from '../core/sentences'
import { t } from '../i18n'
import { useKeptFocus } from './kept-focus'
import { useScroller } from './scroller'

/** Who is here, and who was: the owner may ask someone to go. */
export function People({ state }: { state: RoomState }) {
  const members = [...state.members.value].sort((a, b) => Number(b.present) - Number(a.present))
  const list = useScroller<HTMLUListElement>()
  const box = useKeptFocus<HTMLElement>()
  if (members.length === 0) return null
  return (
    <section ref={box} class="card who" aria-labelledby="who">
      <h2 id="who">{t.who}</h2>
      <ul ref={list} aria-labelledby="who">{members.map((member, i) => <Person key={member.id ?? i} member={member} state={state} />)}</ul>
    </section>
  )
}

function Person({ member, state }: { member: Member; state: RoomState }) {
  const sure = useSignal(false)
  const box = useKeptFocus<HTMLLIElement>()
  const me = state.me.value
  const isMe = member.id ? member.id === me?.id : false
  const mayGo = state.isOwner.value && !isMe && !!member.id && member.role !== 'owner'
  const remove = () => {
    sure.value = false
    removeMember(state.room.value!.name, member.id!).catch(e => state.news.assertive.say(sentenceFor(e)))
  }
  return (
    <li ref={box} class={member.present ? '' : 'away'}>
      <span class="what"><bdi>{member.nickname}</bdi> <span class="soft small">{[isMe && t.you, member.role === 'owner' && t.ownerMark, !member.present && t.away].filter(Boolean).join(t.comma)}</span></span>
      {mayGo && !sure.value && <button class="quiet" onClick={() => (sure.value = true)} aria-label={`${t.sendOut} ${member.nickname}`}>{t.sendOut}</button>}
      {mayGo && sure.value && (
        <span class="acts">
          <button class="danger" onClick={remove} aria-label={`${t.sendOutYes} ${member.nickname}`}>{t.sendOutYes}</button>
          <button class="quiet" onClick={() => (sure.value = false)}>{t.closeNo}</button>
        </span>
      )}
    </li>
  )
}
