// What a page can do with an address so that a browser might run what is there.

/**
 * Runs in a page, as its text: opens each address in its way, and waits until each has loaded or failed, or for `most` ms: what becomes a
 * download tells nothing. What it made goes with the call after the next, as what is slow comes later. Without `pairs` it tells the ways.
 */
export function openAll({ pairs, most }) {
  const holder = document.body ?? document.documentElement
  const settled = element => new Promise(resolve => { for (const over of ['load', 'error', 'loadedmetadata']) element.addEventListener(over, resolve) })
  // A frame loads its own emptiness first.
  const twice = frame => settled(frame).then(() => settled(frame))
  const make = (tag, set, space = 'http://www.w3.org/1999/xhtml') => {
    const element = document.createElementNS(space, tag)
    for (const [name, value] of Object.entries({ width: 40, height: 40, ...set })) element.setAttribute(name, value)
    holder.append(element)
    return element
  }
  const add = (tag, set, space) => settled(make(tag, set, space))
  const told = worker => {
    setTimeout(() => worker.terminate?.(), 3 * most)
    return new Promise(resolve => { worker.onmessage = worker.onerror = resolve })
  }
  const blob = text => URL.createObjectURL(new Blob([text], { type: 'text/javascript' }))
  const svg = 'http://www.w3.org/2000/svg'
  const style = text => { make('style', {}).textContent = text; make('b', { class: 'x' }).textContent = 'x' }
  const inside = (tag, inner, set) => { const outer = make(tag, {}); const element = make(inner, set); outer.append(element); return settled(element) }
  const ways = {
    'a picture': a => add('img', { src: a }),
    'a picture of SVG': a => add('image', { href: a }, svg),
    'a use of SVG': a => add('use', { href: `${a}#x` }, svg),
    'a script': a => add('script', { src: a }),
    'a script said to be UTF-7': a => add('script', { src: a, charset: 'utf-7' }),
    'a module': a => add('script', { src: a, type: 'module' }),
    'a module imported': a => import(a),
    'a script of SVG': a => add('script', { href: a }, svg),
    'a stylesheet': a => add('link', { rel: 'stylesheet', href: a }),
    'a stylesheet imported': a => style(`@import url("${a}");`),
    'a picture of a stylesheet': a => style(`.x{background:url("${a}")}`),
    'a font': a => style(`@font-face{font-family:x;src:url("${a}")}.x{font-family:x}`),
    'a manifest': a => add('link', { rel: 'manifest', href: a }),
    'a preloaded module': a => add('link', { rel: 'modulepreload', href: a }),
    'a prefetched page': a => add('link', { rel: 'prefetch', href: a }),
    'an import of HTML': a => add('link', { rel: 'import', href: a }),
    'a plugin': a => add('embed', { src: a }),
    'an object': a => add('object', { data: a }),
    'an object said to be HTML': a => add('object', { data: a, type: 'text/html' }),
    'a frame': a => add('iframe', { src: a }),
    'a frame that may run scripts': a => add('iframe', { src: a, sandbox: 'allow-scripts allow-same-origin allow-popups allow-forms' }),
    'a form into a frame': a => { const frame = make('iframe', { name: a }); make('form', { action: a, target: a }).submit(); return twice(frame) },
    'a frame moved there': a => { const frame = make('iframe', {}); frame.contentWindow.location = a; return twice(frame) },
    'a film': a => add('video', { src: a, autoplay: '', muted: '' }),
    'a sound': a => add('audio', { src: a }),
    'words of a film': a => inside('video', 'track', { src: a, default: '' }),
    'a worker': a => told(new Worker(a)),
    'a worker of modules': a => told(new Worker(a, { type: 'module' })),
    'a shared worker': a => told(new SharedWorker(a)),
    'a script of a worker': a => told(new Worker(blob(`try{importScripts(${JSON.stringify(a)})}catch(e){}postMessage(1)`))),
    'a worklet': a => new AudioContext().audioWorklet.addModule(a),
    'a program': a => WebAssembly.instantiateStreaming(fetch(a, { credentials: 'include' })),
    'a table of rules': a => add('script', { src: a, type: 'speculationrules' }),
    'a window': a => { const opened = open(a); setTimeout(() => opened?.close(), most); return new Promise(() => undefined) },
    // Last: from then on it may answer for all that is beside it.
    'a service worker': a => navigator.serviceWorker.register(a),
  }
  if (!pairs) return Object.keys(ways)
  self.told ??= (self.addEventListener('message', event => self.told.push(String(event.data))), [])
  for (const old of [...holder.children]) old.hasAttribute('data-old') ? old.remove() : old.setAttribute('data-old', '')
  const all = Promise.allSettled(pairs.map(async ([way, address]) => ways[way](address)))
  return Promise.race([all, new Promise(resolve => setTimeout(resolve, most))]).then(() => self.told)
}
