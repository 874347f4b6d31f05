// A thousand names that somebody will give a file: of every script, of every trick, and of none that can be kept.
const control = Array.from({ length: 32 }, (_, i) => String.fromCharCode(i)).concat('\x7f', ...Array.from({ length: 32 }, (_, i) => String.fromCharCode(0x80 + i)))
const scripts = ['Straße', 'Ωμέγα', 'Привет', 'שלום', 'مرحبا', 'नमस्ते', 'สวัสดี', '你好', 'こんにちは', '안녕', 'ሰላም', 'გამარჯობა', 'Բարեւ', 'ᏣᎳᎩ', 'ᐃᓄᒃᑎᑐᑦ', '𐍅𐌿𐌻𐍆', '𝕬𝖉𝖆', 'ﷺ', 'ǆ', 'İstanbul', 'ıI', 'ﬁle', 'Ⅷ', '①', '㎏', 'ᄀᄀᄀ각ᆨᆨ']
const emoji = ['😀', '👩‍👩‍👧‍👦', '🏳️‍🌈', '👍🏽', '🇩🇪', '☺️', '☺︎', '🧑🏿‍🚀', '1️⃣', '🏴\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}']
const direction = ['\u202Egpj.exe', 'a\u202Db', 'a\u2066b\u2069', '\u200Fx', '\u200Ex', 'a\u061Cb', 'photo\u202E\u2066gpj.scr']
const invisible = ['\u200B', '\u200C', '\u200D', '\u2060', '\uFEFF', '\u00AD', '\u034F', '\u115F', '\u3164', '\u2800', 'a\u200Bb', '\uFEFFa', 'a\u2028b', 'a\u2029b', '\uFFFC', '\uFFFD', '\uFDD0', '\uFFFF', '\u{10FFFF}', '\uE000', '\u{F0000}']
const composed = ['caf\u00e9', 'cafe\u0301', '\u212B', '\u00C5', 'A\u030A', '\u1E69', 's\u0323\u0307', 's\u0307\u0323', '\uAC00', '\u1100\u1161', '\u0958', `Z${'\u0351'.repeat(40)}algo`]
const markup = ['<script>alert(1)</script>', '"><img src=x onerror=alert(1)>', "'><svg onload=alert(1)>", '</bdi></a><script>1<', '</title><base href=', '<!--', '-->', '<![CDATA[', ']]>', '&lt;&amp;&#60;&quot;', '&', '<', '>', '"', "'", '`', '{{7*7}}', '{name}', '{link}', '${7*7}', '<%= 7 %>', '#{7}', '<style>*{}', '<iframe srcdoc=x>', '\\u003cscript\\u003e', 'javascript:alert(1)', 'data:text%2Fhtml', 'vbscript:x', '+ADw-script+AD4-']
const headers = ['a"; filename="b', "a\"; filename*=UTF-8''b", "UTF-8''a", 'a;b', 'a=b', 'a,b', 'a\\', 'a\\"b', '\\"', '%22', '%0d%0aX: y', '%00', '%2e%2e%2f', '%252e%252e', '%', '%%', '%zz', '%C3', '=?utf-8?B?YQ==?=', 'a: b', ': ', 'data: x', 'id: 7', 'event: room-ended', 'retry: 1']
const paths = ['C:\\windows', '\\\\host\\share', '..\\x', '.hidden', '...', '....', '-rf', '--help', '~', '~root', '$HOME', '$(id)', '`id`', '|id', ';id', '&&id', '>x', '*', '?', 'a?b', 'a#b', 'a%2Fb', 'a b', '  a', 'a  ', 'a.', 'a ', 'CON', 'con.txt', 'NUL', 'COM1', 'LPT9.log', 'COM¹', 'aux.h', 'desktop.ini', 'Thumbs.db', '.DS_Store', '.htaccess', 'web.config', 'index.html', 'index.php', 'x.svg', 'x.exe', 'invoice.pdf          .exe', 'a.lnk', 'a::$DATA', 'a:stream', 'archive.zip', 'robots.txt', '.well-known', '__proto__', 'constructor', 'toString', 'hasOwnProperty', 'null', 'undefined', 'NaN', 'true', '0', '-1', '1e9', '[object Object]', "'; DROP TABLE file;--", "' OR 1=1--", '%s%n%x', '%d', '{0}', 'a/b', 'a/b/c', 'a/.b/c', 'folder./x', 'CON/x']
const refused = ['', '.', '..', '/', '/a', 'a/', 'a//b', './a', '../a', 'a/../b', 'a/..', 'a/.', '../../etc/passwd', 'a/../../b', '//a', `${'x'.repeat(256)}`, 'ä'.repeat(128), `${'d/'.repeat(512)}x`, 'x'.repeat(5000)]
const long = ['x'.repeat(255), 'ä'.repeat(127), `${'ab/'.repeat(300)}x`, `${'d'.repeat(255)}/${'e'.repeat(255)}/${'f'.repeat(255)}/${'g'.repeat(190)}/h`, '😀'.repeat(63)]

const seeds = [...scripts, ...emoji, ...direction, ...invisible, ...composed, ...markup, ...headers, ...paths, ...long]
/** So many names, each one of its own also where names are compared in one form (NFC). */
export function namesUpTo(count) {
  const all = new Map()
  const add = name => { if (!all.has(name.normalize('NFC'))) all.set(name.normalize('NFC'), name) }
  for (const name of [...refused, ...control.map(c => `a${c}b`), ...control.map(c => `${c}`), 'a\r\nX-Injected: yes', 'a\r\n\r\n<script>', 'a\nevent: room-ended', ...seeds]) add(name)
  for (let round = 1; all.size < count; round++) for (const seed of [...scripts, ...emoji, ...direction, ...invisible, ...composed, ...markup, ...headers, ...paths]) if (all.size < count) add(`${round % 2 ? '' : `${round}-`}${seed}${round % 2 ? ` ${round}.txt` : ''}`)
  return [...all.values()]
}
export const names = namesUpTo(1_000)

const bytes = text => Buffer.byteLength(text)
/** docs/protocol.md: anything but a way out, and what has no place in a line. */
export function canBeKept(name) {
  const kept = name.normalize('NFC')
  const parts = kept.split('/')
  return bytes(kept) <= 1024 && bytes(parts.slice(0, -1).join('/')) <= 960 && parts.every(part => part !== '' && part !== '.' && part !== '..' && bytes(part) <= 255) && !/[\p{Cc}\u2028\u2029]/u.test(kept)
}
