// nginx in front of a server, keeping whatever it is let: every status, every method that nginx can keep, for everybody alike.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Engine } from './engine.mjs'
import { eventually, freePort } from './server.mjs'

const configuration = (folder, port, backend) => `
${process.getuid() === 0 ? 'user root;' : ''} worker_processes 1; daemon off; pid ${folder}/pid; error_log ${folder}/error.log;
events { worker_connections 512; }
http {
  access_log off;
  client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy; fastcgi_temp_path ${folder}/fcgi; uwsgi_temp_path ${folder}/uwsgi; scgi_temp_path ${folder}/scgi;
  proxy_cache_path ${folder}/kept levels=1 keys_zone=all:1m;
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://127.0.0.1:${backend};
      proxy_http_version 1.1;
      proxy_set_header Host $http_host;
      proxy_cache all; proxy_cache_key $request_uri; proxy_cache_methods GET HEAD POST; proxy_cache_valid any 10m; proxy_cache_min_uses 1;
      add_header X-Kept $upstream_cache_status always;
    }
  }
}`

export class CachingProxy extends Engine {
  static async start(backend) {
    const proxy = new CachingProxy()
    proxy.makeFolder('nginx')
    proxy.port = await freePort()
    proxy.url = `http://127.0.0.1:${proxy.port}`
    proxy.kept = join(proxy.folder, 'kept')
    mkdirSync(proxy.kept)
    writeFileSync(join(proxy.folder, 'nginx.conf'), configuration(proxy.folder, proxy.port, backend))
    proxy.launch('nginx', ['nginx', '-p', proxy.folder, '-c', join(proxy.folder, 'nginx.conf'), '-e', join(proxy.folder, 'error.log')])
    const answers = () => fetch(`${proxy.url}/healthz`).then(r => r.ok, () => false)
    await eventually(answers, 10_000, 'nginx answers').catch(error => { throw new Error(`${error.message}: ${proxy.log('nginx')}`) })
    return proxy
  }
}
