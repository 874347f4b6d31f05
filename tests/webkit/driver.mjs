// WebKitGTK's own driver, on a display that nobody sees: W3C WebDriver over fetch.
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { eventually, freePort } from '../support/server.mjs'

const browser = process.env.MINIBROWSER ?? '/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser'
const axe = createRequire(new URL('../e2e/package.json', import.meta.url)).resolve('axe-core/axe.min.js')
const element = 'element-6066-11e4-a52e-4f735466cecf'

export class WebKit {
  static async start() {
    const driver = new WebKit()
    const display = `:${100 + (process.pid % 400)}`
    // In a group of its own: the browser's processes go when the driver is told to, not before.
    driver.screen = spawn('Xvfb', [display, '-screen', '0', '1280x900x24', '-nolisten', 'tcp'], { stdio: 'ignore' })
    driver.address = `http://127.0.0.1:${await freePort()}`
    driver.process = spawn('WebKitWebDriver', [`--port=${new URL(driver.address).port}`], {
      stdio: 'ignore', env: { ...process.env, DISPLAY: display, LC_ALL: 'C.UTF-8', GDK_BACKEND: 'x11', NO_AT_BRIDGE: '1', WEBKIT_DISABLE_COMPOSITING_MODE: '1' },
    })
    await eventually(() => fetch(`${driver.address}/status`).then(r => r.ok, () => false), 10_000, 'WebKitWebDriver answers')
    const capabilities = { alwaysMatch: { 'webkitgtk:browserOptions': { binary: browser, args: ['--automation'] } } }
    const { sessionId } = await driver.call('POST', '/session', { capabilities })
    driver.session = `/session/${sessionId}`
    return driver
  }

  async call(method, path, body) {
    const response = await fetch(this.address + path, { method, body: body && JSON.stringify(body) })
    const { value } = await response.json()
    if (!response.ok) throw new Error(`${method} ${path}: ${value.error}: ${value.message}`)
    return value
  }

  goTo = url => this.call('POST', `${this.session}/url`, { url })
  url = () => this.call('GET', `${this.session}/url`)
  /** Runs the body of a function in the page; what it returns, waited for. */
  run = (script, ...args) => this.call('POST', `${this.session}/execute/sync`, { script, args })
  all = async css => (await this.call('POST', `${this.session}/elements`, { using: 'css selector', value: css })).map(found => found[element])
  find = css => eventually(async () => (await this.all(css))[0], 15_000, `${css} is on the page`)
  type = async (css, text) => this.call('POST', `${this.session}/element/${await this.find(css)}/value`, { text })
  click = async css => this.call('POST', `${this.session}/element/${await this.find(css)}/click`, {})
  /** Waits until the page shows `text`. */
  sees = text => eventually(() => this.run('return document.body.innerText.includes(arguments[0])', text), 20_000, `the page shows “${text}”`)

  /** What axe finds on the page as it is. */
  async violations() {
    if (!(await this.run('return "axe" in window'))) await this.run(readFileSync(axe, 'utf8'))
    return this.run('return axe.run().then(result => result.violations.map(v => v.id + ": " + v.nodes.map(n => n.target).join(" ")))')
  }

  async stop() {
    await this.call('DELETE', this.session).catch(() => undefined)
    this.process.kill()
    this.screen.kill()
  }
}
