// The operator's page: asks the node every two seconds, and tells it what to do.
const $ = id => document.getElementById(id)
const kEvery = 2000
const kSureFor = 4000

let token = sessionStorage.getItem('token') ?? ''
let seenAt

/** What a refusal means where it is met, in place of its title. */
const sayings = {
  end: { not_found: 'No room has that name.' },
  block: { invalid_request: 'Neither a SHA-256, nor an address or a network; a network is no wider than a /8, of IPv6 than a /16.' },
}

class Refusal extends Error {
  constructor(status, problem) {
    super(problem.title ?? `The node answered ${status}.`)
    this.code = problem.code
    this.status = status
  }
}

async function ask(method, path, body) {
  const response = await fetch(`/admin${path}`, {
    method,
    headers: token ? { Authorization: `Bearer ${token}` } : {},
    body: body && JSON.stringify(body),
  })
  if (!response.ok) throw new Refusal(response.status, await response.json().catch(() => ({})))
  return response.status === 204 ? undefined : response.json()
}

function make(tag, text = '', attributes = {}) {
  const made = document.createElement(tag)
  made.textContent = text
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value)
  return made
}

/** Puts `nodes` in, but where it says the same already: what somebody has marked or is about to press stays. */
function show(parent, nodes) {
  if ([...parent.children].map(said).join('\n') === nodes.map(said).join('\n')) return
  parent.replaceChildren(...nodes)
}
const said = node => node.dataset.says ?? node.textContent

function size(bytes) {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  let unit = 0
  for (; bytes >= 999.5 && unit + 1 < units.length; unit++) bytes /= 1000
  return `${unit ? bytes.toFixed(1) : bytes} ${units[unit]}`
}

function clock(seconds) {
  const two = n => String(n).padStart(2, '0')
  const all = Math.max(0, seconds)
  const [h, m, s] = [Math.floor(all / 3600), Math.floor(all / 60) % 60, all % 60]
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`
}

function tile(name, value, { small = '', bad = false } = {}) {
  const box = make('div')
  const told = make('dd', String(value), bad ? { class: 'bad' } : {})
  if (small) told.append(make('small', small))
  box.append(make('dt', name), told)
  return box
}

/** A button that asks once more before it does something grave. */
function graveButton(text, name, act) {
  const button = make('button', text, { type: 'button', class: 'grave', 'aria-label': `${text} ${name}` })
  let timer
  button.addEventListener('click', () => {
    clearTimeout(timer)
    if (button.classList.toggle('sure')) {
      button.textContent = 'Sure?'
      button.setAttribute('aria-label', `Sure? ${text} ${name}`)
      timer = setTimeout(() => calm(button, text, name), kSureFor)
      return
    }
    calm(button, text, name)
    tell(act)
  })
  return button
}
function calm(button, text, name) {
  button.classList.remove('sure')
  button.textContent = text
  button.setAttribute('aria-label', `${text} ${name}`)
}

function showHealth({ ready, not_ready_because, draining, version, up_seconds, engines, disk, lateness, limits_hit, total }) {
  const state = $('state')
  state.textContent = `${draining ? 'Draining' : ready ? 'Ready' : `Not ready: ${not_ready_because}`} · version ${version} · up ${clock(up_seconds)}`
  state.className = draining ? 'busy' : ready ? '' : 'bad'
  const tiles = []
  if (total) {
    tiles.push(tile('Rooms', total.rooms), tile('Files', total.files), tile('Used', size(total.used_bytes)))
    tiles.push(tile('To erase', total.blobs_to_erase, { small: total.blobs_to_erase ? `oldest ${total.oldest_late_ms} ms late` : '', bad: total.oldest_late_ms > 60_000 }))
  }
  tiles.push(tile('Rooms erased', lateness.rooms, { small: lateness.rooms ? `${lateness.mean_ms} ms late, ${lateness.worst_ms} at worst` : '' }))
  tiles.push(tile('Later than 1 s', lateness.over_1s, { bad: lateness.over_1s > 0 }))
  if (disk) tiles.push(tile('Disk free', size(disk.free_bytes), { small: `of ${size(disk.total_bytes)}, floor ${size(disk.floor_bytes)}`, bad: disk.free_bytes < disk.floor_bytes }))
  show($('tiles'), tiles)
  show($('engines'), engines.map(({ name, well, trouble }) => make('li', well ? `${name}: well` : `${name}: ${trouble}`, well ? {} : { class: 'bad' })))
  $('drain').textContent = draining ? 'Open rooms again' : 'Drain this node'
  $('drain').dataset.wish = draining ? '' : 'drain'
  const limits = Object.entries(limits_hit).sort((a, b) => b[1] - a[1])
  show($('limits'), limits.map(([code, count]) => tile(code, count)))
  $('no-limits').hidden = limits.length > 0
}

function roomRow(room) {
  const row = make('tr', '', { 'data-id': room.id })
  const first = make('td')
  first.append(make('code', room.id))
  const cells = [['age', clock(room.age_seconds)], ['left', clock(room.left_seconds)], ['used', size(room.used_bytes)], ['files', room.files], ['going up', room.uploads], ['members', room.members]]
  const last = make('td')
  last.append(graveButton('End', `room ${room.id}`, () => ask('POST', '/rooms/end', { id: room.id })))
  row.append(first, ...cells.map(([name, value]) => make('td', String(value), { 'data-name': name })), last)
  return row
}

/** Rows stay where their room does, so that a button isn't another's when it is pressed. */
function showRooms(rooms) {
  const kept = new Map([...$('rooms').children].map(row => [row.dataset.id, row]))
  const wanted = rooms.map(room => {
    const fresh = roomRow(room)
    const row = kept.get(room.id)
    if (!row) return fresh
    for (let i = 1; i < 7; i++) row.children[i].textContent = fresh.children[i].textContent
    return row
  })
  if (wanted.length !== kept.size || wanted.some((row, i) => $('rooms').children[i] !== row)) $('rooms').replaceChildren(...wanted)
  $('no-rooms').hidden = rooms.length > 0
  $('list').hidden = rooms.length === 0
}

function showBlocks(blocks) {
  $('no-blocks').hidden = blocks.length > 0
  show($('blocks'), blocks.map(({ block, created_at }) => {
    const line = make('li', '', { 'data-says': block })
    const what = make('span')
    what.append(make('code', block), make('span', ` since ${created_at.slice(0, 16).replace('T', ' ')} UTC`, { class: 'soft' }))
    line.append(what, graveButton('Unblock', block, () => ask('DELETE', `/blocks/${block}`)))
    return line
  }))
}

async function look() {
  try {
    const [health, { rooms }, { blocks }] = await Promise.all([ask('GET', '/health'), ask('GET', '/rooms'), ask('GET', '/blocks')])
    showHealth(health)
    showRooms(rooms)
    showBlocks(blocks)
    $('door').hidden = true
    $('inside').hidden = false
    $('inside').className = ''
    seenAt = new Date()
  } catch (error) {
    lookFailed(error)
  }
}

function lookFailed(error) {
  if (error instanceof Refusal && error.status === 401) {
    if (token) $('trouble').textContent = 'That isn’t the token.'
    token = ''
    sessionStorage.removeItem('token')
    $('inside').hidden = true
    $('state').textContent = 'Closed'
    if ($('door').hidden) { $('door').hidden = false; $('token').focus() }
    return
  }
  $('state').textContent = error instanceof Refusal ? error.message : 'The node doesn’t answer.'
  if (seenAt) $('state').textContent += ` What follows is of ${seenAt.toLocaleTimeString()}.`
  $('inside').className = 'stale'
  $('state').className = 'bad'
}

/** Does `act`, says beside `form`, or else at the top, why it couldn't be, and looks. */
async function tell(act, form = '') {
  const trouble = $(form ? `${form}-trouble` : 'trouble')
  for (const each of document.querySelectorAll('[role=alert], [aria-live]')) each.textContent = ''
  try {
    await act()
    return true
  } catch (error) {
    trouble.textContent = error instanceof Refusal ? (sayings[form]?.[error.code] ?? error.message) : 'The node doesn’t answer.'
    return false
  } finally {
    await look()
  }
}

$('door').addEventListener('submit', async event => {
  event.preventDefault()
  token = $('token').value.trim()
  $('trouble').textContent = ''
  await look()
  if (!token) return
  sessionStorage.setItem('token', token)
  $('token').value = ''
})
$('drain').addEventListener('click', () => tell(() => ask('PUT', '/drain', { draining: $('drain').dataset.wish === 'drain' })))
for (const [form, path, field, done] of [['end', '/rooms/end', 'name', 'has ended'], ['block', '/blocks', 'block', 'is blocked']]) {
  $(form).addEventListener('submit', async event => {
    event.preventDefault()
    const input = $(form).querySelector('input')
    const what = input.value.trim()
    if (!(await tell(() => ask('POST', path, { [field]: what }), form))) return
    $(`${form}-done`).textContent = `${what} ${done}.`
    input.value = ''
  })
}

async function run() {
  for (;;) {
    if (document.visibilityState === 'visible' && (token || $('door').hidden)) await look()
    await new Promise(resolve => setTimeout(resolve, kEvery))
  }
}
run()
