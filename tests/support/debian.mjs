// A bare Debian 12 under a systemd of its own, on this machine's kernel: made once by mmdebstrap from apt's mirror (build/debian-12),
// thrown away after each use.
import { execFile, execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { eventually } from './server.mjs'

const build = fileURLToPath(new URL('../../build/', import.meta.url))
const base = join(build, 'debian-12')
const path = `${process.env.PATH}:/usr/local/sbin:/usr/sbin:/sbin`
const asRoot = process.getuid() === 0 ? [] : ['sudo', '-n']
const quiet = { encoding: 'utf8', env: { ...process.env, PATH: path }, maxBuffer: 1 << 26, stdio: ['ignore', 'pipe', 'pipe'] }

function root(...command) {
  const [program, ...rest] = [...asRoot, ...command]
  return execFileSync(program, rest, quiet)
}

function mirror() {
  const sources = execFileSync('apt-get', ['indextargets', '--format', '$(CODENAME) $(REPO_URI)'], quiet)
  return /^bookworm (\S+)$/m.exec(sources)?.[1] ?? 'http://deb.debian.org/debian'
}

/** Whole or not at all: an interrupted one isn't taken for it. */
function makeBase() {
  if (existsSync(base)) return
  mkdirSync(build, { recursive: true })
  const unfinished = mkdtempSync(`${base}.`)
  root('mmdebstrap', '--quiet', '--mode=root', '--variant=minbase', '--include=systemd-sysv,dbus,ca-certificates,curl', '--dpkgopt=force-unsafe-io',
    'bookworm', unfinished, mirror())
  renameSync(unfinished, base)
}

export class Debian {
  static async start({ files = {}, download = [] }) {
    makeBase()
    const debian = new this()
    debian.folder = mkdtempSync(join(build, 'debian-run-'))
    const [upper, work, here, debs] = ['upper', 'work', 'root', '../debian-12-debs'].map(name => join(debian.folder, name))
    for (const each of [upper, work, here, debs]) mkdirSync(each, { recursive: true })
    root('mount', '-t', 'overlay', 'overlay', '-o', `lowerdir=${base},upperdir=${upper},workdir=${work}`, here)
    debian.root = here
    try {
      for (const [to, from] of Object.entries(files)) root('cp', from, join(here, to))
      // What the package needs is fetched now: booted, this machine has no network but its own loopback.
      root('systemd-nspawn', '--quiet', '--register=no', '--keep-unit', '--pipe', `--bind=${debs}:/var/cache/apt/archives`, '--bind-ro=/etc/resolv.conf', '-D', here,
        'sh', '-ec', `apt-get update -q && apt-get install -y -q --download-only ${download.join(' ')}`)
      await debian.boot(debs)
    } catch (error) {
      await debian.stop()
      throw error
    }
    return debian
  }

  async boot(debs) {
    this.console = ''
    const [program, ...rest] = [...asRoot, 'setpriv', '--pdeathsig=KILL', 'systemd-nspawn', '--quiet', '--register=no', '--keep-unit', '--private-network', '--link-journal=no',
      // A machine of metal or a virtual one lets a process confine itself; nspawn's own filter doesn't.
      '--system-call-filter=landlock_create_ruleset landlock_add_rule landlock_restrict_self', `--bind=${debs}:/var/cache/apt/archives`, '--console=pipe', '-b', '-D', this.root]
    this.process = spawn(program, rest, { env: quiet.env, stdio: ['ignore', 'pipe', 'pipe'] })
    for (const stream of [this.process.stdout, this.process.stderr]) stream.on('data', text => (this.console += text))
    this.exited = new Promise(resolve => this.process.on('close', resolve))
    this.leader = await eventually(() => this.findLeader(), 20_000, 'the machine has a first process').catch(error => { throw new Error(`${error.message}: ${this.console}`) })
    // "degraded" does: some units have no business in a machine without devices.
    await eventually(async () => /^(running|degraded)/.test((await this.run('systemctl is-system-running || true').catch(() => ({ stdout: '' }))).stdout), 60_000, 'the machine has booted')
      .catch(error => { throw new Error(`${error.message}: ${this.console}`) })
  }

  /** The pid of its systemd: child of nspawn, below sudo if that is in between. */
  findLeader() {
    let pid = this.process.pid
    for (;;) {
      const name = readFileSync(`/proc/${pid}/comm`, 'utf8').trim()
      const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')
      if (name === 'systemd') return pid
      if (!children[0]) return undefined
      pid = children[0]
    }
  }

  /** Runs a line of shell in there. */
  run(line) {
    const [program, ...rest] = [...asRoot, 'nsenter', '-t', String(this.leader), '-m', '-u', '-i', '-n', '-p', '-C', 'env', '-i', 'PATH=/usr/sbin:/usr/bin:/sbin:/bin', 'HOME=/root',
      'DEBIAN_FRONTEND=noninteractive', 'sh', '-ec', line]
    return promisify(execFile)(program, rest, { encoding: 'utf8', env: quiet.env, maxBuffer: 1 << 26 })
  }

  /** What a line of shell prints in there, trimmed. */
  ask = async line => (await this.run(line)).stdout.trim()

  async stop() {
    if (this.leader) await this.run('systemctl --no-block poweroff').catch(() => {})
    if (this.process) {
      const late = setTimeout(() => this.process.kill(), 20_000)
      await this.exited
      clearTimeout(late)
    }
    if (this.root) root('umount', this.root)
    root('rm', '-rf', this.folder)
  }
}
