// The way in: what opens a room from the landing page, and what its door says.
import { expect } from '@playwright/test'
import { test } from './checked.mjs'
import { generous, Server } from '../support/server.mjs'
import { bytes, enterRoom, openRoom, shoot, violations } from './steps.mjs'

const password = 'four short plain words'
const wish = { name: 'lab', password, nickname: 'Mara' }
let server
test.beforeEach(async () => { server = await Server.start() })
test.afterEach(async () => { await server.stop() })

const field = page => page.getByLabel('Password', { exact: true })
const enter = page => page.getByRole('button', { name: 'Enter' })
async function restart(env) {
  await server.kill()
  server.env = env
  await server.run()
}

test('a text pasted on the landing page opens a room with a note; one pasted in a field stays there', async ({ page }) => {
  await page.goto(server.url)
  const paste = (selector, picture) => page.evaluate(([selector, picture]) => {
    const data = new DataTransfer()
    data.setData('text/plain', 'the wifi is plover-7')
    if (picture) data.items.add(new File(['of it'], picture, { type: 'image/png' }))
    document.querySelector(selector).dispatchEvent(new ClipboardEvent('paste', { bubbles: true, cancelable: true, clipboardData: data }))
  }, [selector, picture])
  const opened = []
  page.on('request', request => request.method() === 'POST' && opened.push(request.url()))
  await paste('input[name=room]')
  // As an office program copies: with a picture of the text.
  await paste('input[name=room]', 'image.png')
  await page.waitForTimeout(300)
  expect(opened).toEqual([])
  await expect(page.getByRole('heading', { name: 'Put files in a room.' })).toBeVisible()
  await paste('h1')
  await expect(page.getByText('the wifi is plover-7').first()).toBeVisible()
})

test('what another app shares opens a room, and leaves the address bar', async ({ page }) => {
  const manifest = await (await fetch(`${server.url}/app.webmanifest`)).json()
  expect(manifest.share_target.method).toBe('GET')
  for (const { src, type } of manifest.icons) {
    const icon = await fetch(`${server.url}/${src}`)
    expect([icon.status, icon.headers.get('content-type')], src).toEqual([200, type])
  }
  await page.goto(`${server.url}/?title=A+recipe&text=&url=https%3A%2F%2Fexample.org%2Frecipe`)
  await expect(page.getByRole('link', { name: 'Download A recipe.txt' })).toBeVisible()
  expect(page.url()).not.toContain('recipe')
})

test('after a wrong password its text is kept, selected and in focus, so that typing replaces it', async ({ page }) => {
  await server.room(wish)
  await page.goto(server.url)
  await page.getByLabel('Room name').fill('lab')
  await field(page).fill('four short plain word')
  for (let i = 0; i < 2; i++) {
    await enter(page).click()
    await expect(page.getByRole('alert')).toHaveText(/open no room/)
    await expect(field(page)).toBeFocused()
    expect(await field(page).evaluate(input => input.value.slice(input.selectionStart, input.selectionEnd))).toBe('four short plain word')
  }
  await page.keyboard.type(password)
  await page.keyboard.press('Enter')
  await expect(page.getByRole('heading', { name: 'On the table' })).toBeVisible()
})

test('after too many tries the door counts down and then lets try again', async ({ page }) => {
  await restart({ FLEETING_RATE_JOIN_ROOM: '2/6s' })
  await server.room(wish)
  await page.goto(`${server.url}/lab/`)
  const alert = page.locator('#refusal[role=alert]')
  for (let i = 0; i < 6 && !/Too many/.test(await alert.textContent()); i++) {
    await field(page).fill(`wrong password ${i}`)
    await enter(page).click()
    await expect(alert).not.toBeEmpty()
  }
  const said = await alert.textContent()
  expect(said).toMatch(/^Too many tries\. Again in 0:0\d\.$/)
  await expect(enter(page)).toBeDisabled()
  const shown = page.locator('p[aria-hidden=true]')
  const first = await shown.textContent()
  await expect(shown).not.toHaveText(first)
  expect(await alert.textContent(), 'said once, not each second').toBe(said)
  await expect(enter(page)).toBeEnabled({ timeout: 8000 })
  await expect(alert).toBeEmpty()
  await field(page).fill(password)
  await enter(page).click()
  await expect(page.getByRole('heading', { name: 'On the table' })).toBeVisible()
})

/** So many knock at once, and again as soon as they are told that the server is busy, until the crowd is sent home. */
function crowd(count) {
  let isOver = false
  const knock = async () => {
    while (!isOver) await fetch(`${server.url}/api/v1/rooms/lab/sessions`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ password }) })
  }
  const all = Promise.all(Array.from({ length: count }, knock))
  return { goHome: () => { isOver = true; return all } }
}

for (const [who, come] of Object.entries({
  'an invitation': page => page.goto(`${server.url}/lab/#${encodeURIComponent(password)}`),
  'name and password': async page => {
    await page.goto(server.url)
    await page.getByLabel('Room name').fill('lab')
    await field(page).fill(password)
    await enter(page).click()
  },
  'a file for a new room': async page => {
    await page.goto(server.url)
    await page.getByLabel('Drop files here to open a room').setInputFiles([bytes('a.txt', 10)])
  },
}))
  test(`who comes with ${who} while many knock is told so, and gets in without doing anything`, async ({ browser }) => {
    await restart({ ...generous, FLEETING_HASH_PATIENCE: '100ms' })
    await server.room(wish)
    const { goHome } = crowd(40)
    let page, told
    // Some are lucky and get in at once.
    for (let isTold = false; !isTold;) {
      page = await (await browser.newContext({ viewport: { width: 390, height: 700 } })).newPage()
      await come(page)
      told = page.getByRole('alert').filter({ hasText: 'Many are knocking just now. It goes on by itself.' })
      isTold = await expect(told).toBeInViewport({ ratio: 1, timeout: 3000 }).then(() => true, () => false)
    }
    await shoot(page, `crowd-${who.replaceAll(' ', '-')}`)
    expect(await violations(page)).toEqual([])
    await goHome()
    await expect(page.getByRole('heading', { name: 'On the table' })).toBeVisible()
    await expect(told).toBeHidden()
  })

test('a locked door says so, to those with the right password only', async ({ page }) => {
  const room = await server.room(wish)
  const locked = await fetch(`${server.url}/api/v1/rooms/lab`, { method: 'PATCH', headers: room.bearer, body: JSON.stringify({ door_locked: true }) })
  expect(locked.status).toBe(200)
  await page.goto(`${server.url}/lab/#${encodeURIComponent(password)}`)
  await expect(page.getByRole('alert')).toHaveText(/The door is locked/)
  await field(page).fill('wrong password')
  await enter(page).click()
  await expect(page.getByRole('alert')).toHaveText(/open no room/)
})

test('the password is shown and hidden, and its fields are what password managers look for', async ({ page }) => {
  await page.goto(server.url)
  await field(page).fill(password)
  await expect(field(page)).toHaveAttribute('type', 'password')
  await page.getByRole('button', { name: 'Show' }).click()
  await expect(field(page)).toHaveAttribute('type', 'text')
  await page.getByRole('button', { name: 'Hide' }).click()
  await expect(field(page)).toHaveAttribute('type', 'password')
  await expect(page.getByLabel('Room name')).toHaveAttribute('autocomplete', 'username')
  await expect(field(page)).toHaveAttribute('autocomplete', 'current-password')
})

test('rooms of this device are listed until they close or are forgotten', async ({ page }) => {
  await page.clock.install()
  await server.room({ name: 'brief', password, ttl_seconds: 120 })
  await openRoom(page, server.url, wish)
  await enterRoom(page, server.url, { name: 'brief', password })
  await page.goto(server.url)
  const recent = page.getByRole('region', { name: 'Rooms on this device' })
  await expect(recent.getByRole('link')).toHaveText(['brief', 'lab'])
  await page.clock.fastForward('02:05')
  await expect(recent.getByRole('link')).toHaveText(['lab'])
  await page.getByRole('button', { name: 'Forget lab' }).click()
  await expect(recent).toBeHidden()
  await page.reload()
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
  await expect(recent).toBeHidden()
})
