import './shared'
import { render } from 'preact'
import { base } from './api/client'
import { parseInvite } from './core/invite'
import { loadLimits } from './core/lifetimes'
import { forgetEnded } from './core/memory'
import { keepShared, view } from './core/view'
import { speakFirst } from './i18n'
import { Home } from './pages/home'
import { RoomPage } from './pages/room'
import { forgetAllBut } from './upload/records'

view.value = parseInvite(location.pathname, base, location.hash)
// The password leaves the address bar before anybody can read or bookmark it.
if (location.hash) history.replaceState(null, '', location.pathname + location.search)
if (!view.value.room && keepShared(location.search)) history.replaceState(null, '', location.pathname)
addEventListener('popstate', () => location.reload())

void loadLimits()
forgetAllBut(forgetEnded(Date.now(), view.value.room))

function App() {
  const { room, password } = view.value
  return room ? <RoomPage key={room} name={room} password={password} /> : <Home />
}

// Drawn once its language is here: nothing is read that then changes.
void speakFirst().then(() => render(<App />, document.getElementById('app')!))
