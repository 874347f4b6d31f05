// The proxies of deploy/, each the real one with its sample: addresses, certificate and log are the test's, the rest is as operators take it.
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { request as requestPlainly } from 'node:http'
import { request } from 'node:https'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Engine } from './engine.mjs'
import { eventually, freePort, generous, Server } from './server.mjs'

const deploy = fileURLToPath(new URL('../../deploy/', import.meta.url))
const isRoot = process.getuid() === 0
const modules = '/usr/lib/apache2/modules'

/** A sample with each part replaced; a part that isn't there is a test that tests nothing. */
function replaced(text, changes, name) {
  for (const [what, by] of changes) {
    if (!text.includes(what)) throw new Error(`${name} has no ${what}`)
    text = text.replaceAll(what, () => by)
  }
  return text
}
const adapt = (name, changes) => replaced(readFileSync(deploy + name, 'utf8'), changes, `deploy/${name}`)

/** For each: its file and command, given the folder, its port, the server's, and whether the server is under /files. */
const kinds = {
  nginx: ({ folder, port, upstream, under }) => ({
    command: ['nginx', '-c', join(folder, 'nginx.conf'), '-p', folder, '-e', 'stderr'],
    files: {
      'nginx.conf': `daemon off; ${isRoot ? 'user root;' : ''} pid nginx.pid; events {} http { ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(each => `${each}_temp_path temp-${each};`).join(' ')}\n${adapt('nginx.conf', [
        ['    listen 80;\n    listen [::]:80;\n', `    listen 127.0.0.2:${port};\n`], ['listen 443 ssl http2;', `listen 127.0.0.1:${port} ssl http2;`], ['    listen [::]:443 ssl http2;\n', ''], ['127.0.0.1:8000', `127.0.0.1:${upstream}`],
        ['/etc/letsencrypt/live/files.example', folder], ['/var/log/nginx', folder], ...(under ? [['    location / {', '    location /files/ {']] : [])])}\n}`,
    },
  }),
  haproxy: ({ folder, port, upstream, under }) => ({
    command: ['haproxy', '-f', 'haproxy.cfg', '-db'],
    files: {
      'haproxy.cfg': adapt('haproxy.cfg', [
        ['maxconn 20000', 'maxconn 2000'], ['  bind :8000', `  bind 127.0.0.1:${port} ssl crt ${folder}/site.pem alpn h2,http/1.1`], ['/tmp/haproxy.sock', `${folder}/admin.sock`],
        ...[1, 2, 3].map(i => [`node${i}:8000`, `127.0.0.1:${upstream}`]), ...(under ? [['  default_backend nodes', '  use_backend nodes if { path_beg /files/ }'], ['meth GET uri /readyz', 'meth GET uri /files/readyz']] : [])]),
    },
  }),
  apache: ({ folder, port, upstream, under }) => ({
    command: ['apache2', '-DFOREGROUND', '-d', folder, '-f', join(folder, 'apache2.conf')],
    files: {
      'apache2.conf': `PidFile apache2.pid\nDefaultRuntimeDir ${folder}\nErrorLog error.log\nListen 127.0.0.1:${port}\nListen 127.0.0.2:${port}\nServerName files.example\n${isRoot ? 'User www-data\nGroup www-data\n' : ''}${
        ['mpm_event', 'authz_core', 'alias', 'ssl', 'socache_shmcb', 'headers', 'proxy', 'proxy_http', 'http2', 'reqtimeout'].map(each => `LoadModule ${each}_module ${modules}/mod_${each}.so\n`).join('')}${adapt('apache.conf', [
          ['*:80>', `127.0.0.2:${port}>`], ['*:443', `127.0.0.1:${port}`], ['/etc/letsencrypt/live/files.example', folder], ['/var/log/apache2', folder],
          ...(under ? [['ProxyPass / http://127.0.0.1:8000/', 'ProxyPass /files/ http://127.0.0.1:8000/files/']] : []), ['127.0.0.1:8000', `127.0.0.1:${upstream}`]])}`,
    },
  }),
  caddy: ({ folder, port, upstream, under }) => ({
    command: ['env', `XDG_DATA_HOME=${folder}`, `XDG_CONFIG_HOME=${folder}`, 'caddy', 'run', '--config', 'Caddyfile', '--adapter', 'caddyfile'],
    files: {
      Caddyfile: adapt('Caddyfile', [
        ['\n{\n', '\n{\n\tadmin off\n\tauto_https disable_redirects\n'],
        ['\nfiles.example {', `\nhttps://files.example:${port} {\n\tbind 127.0.0.1\n\ttls ${folder}/fullchain.pem ${folder}/privkey.pem`],
        ...(under ? [['\treverse_proxy 127.0.0.1:8000', '\treverse_proxy /files/* 127.0.0.1:8000']] : []), ['127.0.0.1:8000', `127.0.0.1:${upstream}`]]),
    },
  }),
  // TLS ends at HAProxy, as with hitch, and each member's address comes by the PROXY protocol.
  varnish: ({ folder, port, upstream, under }) => ({
    command: ['varnishd', '-F', '-j', 'none', '-n', join(folder, 'varnish'), '-a', `${folder}/varnish.sock,PROXY`, '-f', join(folder, 'varnish.vcl'), '-p', 'pipe_timeout=3600'],
    front: ['haproxy', '-f', 'front.cfg', '-db'],
    files: {
      'varnish.vcl': adapt('varnish.vcl', [['"8000"', `"${upstream}"`], ...(under ? [['^/assets/', '^/files/assets/']] : [])]),
      'front.cfg': `global\n  maxconn 2000\ndefaults\n  timeout connect 1s\n  timeout client 5m\n  timeout server 5m\nlisten tls\n  bind 127.0.0.1:${port} ssl crt ${folder}/site.pem alpn http/1.1\n  server varnish unix@${folder}/varnish.sock send-proxy-v2\n`,
    },
  }),
}
export const names = Object.keys(kinds)

export class Proxy extends Engine {
  /** In front of the server at `upstream`, by TLS; `under`: the server is under /files, and so is this; `spoil`: what an operator changed. */
  static async start(kind, upstream, { under = false, spoil = [] } = {}) {
    const proxy = new Proxy()
    proxy.makeFolder(kind)
    proxy.port = await freePort()
    proxy.base = under ? '/files' : ''
    proxy.makeCertificate()
    const { command, front, files } = kinds[kind]({ folder: proxy.folder, port: proxy.port, upstream, under })
    for (const [name, text] of Object.entries(files)) writeFileSync(join(proxy.folder, name), replaced(text, spoil, name))
    proxy.launch(kind, command)
    if (front) proxy.launch('front', front)
    await eventually(() => proxy.ask('/readyz').then(answer => answer.status === 200, () => false), 10_000, `${kind} answers`).catch(async error => {
      const log = proxy.log()
      await proxy.stop('SIGKILL')
      throw new Error(`${error.message}: ${log}`)
    })
    return proxy
  }

  makeCertificate() {
    const [certificate, key] = ['fullchain.pem', 'privkey.pem'].map(name => join(this.folder, name))
    execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj', '/CN=files.example', '-addext', 'subjectAltName=DNS:files.example',
      '-out', certificate, '-keyout', key], { stdio: 'ignore' })
    writeFileSync(join(this.folder, 'site.pem'), readFileSync(certificate, 'utf8') + readFileSync(key, 'utf8'))
  }

  /** An open request of a member at `from`; `body` is what `end` takes, or nothing at all if it is left open. */
  open(path, { method = 'GET', headers = {}, from = '127.0.0.5' } = {}) {
    return request({ host: '127.0.0.1', port: this.port, path: `${this.base}${path}`, method, servername: 'files.example', rejectUnauthorized: false, localAddress: from, agent: false, headers: { Host: 'files.example', ...headers } })
  }
  /** A whole one. `straight`: past the proxy, to the server at that port. */
  ask(path, { body, straight, ...options } = {}) {
    return new Promise((resolve, reject) => {
      const asking = straight ? requestPlainly({ host: '127.0.0.1', port: straight, path, ...options, headers: { Host: 'files.example', ...options.headers } }) : this.open(path, options)
      asking.on('error', reject).on('response', async response => {
        const parts = []
        try { for await (const part of response) parts.push(part) } catch (error) { reject(error) }
        const text = Buffer.concat(parts).toString()
        resolve({ status: response.statusCode, headers: response.headers, text, json: () => JSON.parse(text) })
      })
      asking.end(body)
    })
  }
  /** What it and its front have said, and written into logs of their own. */
  allLogs = () => readdirSync(this.folder).filter(name => name.endsWith('.log')).map(name => readFileSync(join(this.folder, name), 'utf8')).join('')
  /** curl through it, by HTTP/2 where it can. */
  curlArguments = (...more) => ['-sS', '--fail-with-body', '--http2', '-k', '--resolve', `files.example:${this.port}:127.0.0.1`, '--interface', '127.0.0.5', '-H', 'Host: files.example', ...more]
  url = path => `https://files.example:${this.port}${this.base}${path}`
}

/** Of a server behind one of them. */
export const trusting = { ...generous, FLEETING_TRUSTED_PROXIES: '127.0.0.1,::1', FLEETING_ALLOWED_HOSTS: 'files.example', FLEETING_PASSWORD_MEMORY: '8MiB' }

/** Does `work(proxy, server)` with a server of its own behind that kind of proxy. */
export async function through(kind, { env = {}, under = false, spoil = [] }, work) {
  const server = await Server.alone({ ...trusting, ...env, ...(under ? { FLEETING_BASE_PATH: '/files' } : {}) })
  let proxy
  try {
    proxy = await Proxy.start(kind, server.port, { under, spoil })
    await work(proxy, server)
  } finally {
    await proxy?.stop('SIGKILL')  // politely they would wait for what is open
    await server.stop()
  }
}
