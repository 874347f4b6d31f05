// Downloads about 100 KB/s through a small receive buffer, as Node and curl can't: in a large one lies what came long ago.
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

// One process for all of them, as each would take a core for 50 ms to begin. A line each in: what to read, or whom to stop; out: what was seen.
const script = `
import json, socket, sys, threading, time

stopped = set()

def tell(wish, **seen):
    sys.stdout.write(json.dumps({"id": wish["id"], **seen}) + "\\n")
    sys.stdout.flush()

def read(wish):
    peer = socket.socket()
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    peer.settimeout(0.1)
    seen = {"bytes": 0, "last": 0, "end": "open", "first": ""}
    try:
        peer.connect((wish["host"], wish["port"]))
        peer.sendall(f"GET {wish['path']} HTTP/1.1\\r\\nHost: {wish['host']}:{wish['port']}\\r\\n{wish['fields']}\\r\\n".encode())
    except OSError:
        seen["end"] = "reset"
    while seen["end"] == "open" and time.time() * 1000 < wish["until"] and wish["id"] not in stopped:
        try:
            part = peer.recv(1024)
        except TimeoutError:
            continue
        except ConnectionError:
            seen["end"] = "reset"
            break
        if not part:
            seen["end"] = "closed"
            break
        if seen["bytes"] < 4096:
            seen["first"] += part.decode("latin1")
        if seen["bytes"] <= 8192 < seen["bytes"] + len(part):
            tell(wish, isBegun=True)
        seen["bytes"] += len(part)
        seen["last"] = time.time() * 1000
        time.sleep(0.01)
    peer.close()
    tell(wish, at=time.time() * 1000, **seen)

for line in sys.stdin:
    wish = json.loads(line)
    if "path" in wish:
        threading.Thread(target=read, args=(wish,), daemon=True).start()
    else:
        stopped.add(wish["id"])
`

const waiting = new Map()
let reader
let next = 0

/** The process; it keeps this one from ending only while somebody waits for what it sees. */
function theReader() {
  if (!reader) {
    reader = spawn('python3', ['-c', script], { stdio: ['pipe', 'pipe', 'inherit'] })
    createInterface(reader.stdout).on('line', hear)
  }
  return reader
}
function keepRunning(isWanted) {
  for (const part of [reader, reader.stdin, reader.stdout]) part[isWanted ? 'ref' : 'unref']()
}

function hear(line) {
  const { id, isBegun, ...seen } = JSON.parse(line)
  const { begin, end } = waiting.get(id)
  begin()
  if (isBegun) return
  waiting.delete(id)
  if (waiting.size === 0) keepRunning(false)
  end({ ...seen, wasCut: seen.end !== 'open' })
}

/**
 * Reads until it is cut, for `ms` at most. `begun` once bytes of the body have come; `over` tells how many came (`bytes`), the `first` of
 * them, when the `last`, whether it was cut and how (`end`: reset, closed or open), and when it was over (`at`).
 */
export function readSlowly(server, path, headers, ms = 15_000) {
  const id = next++
  const fields = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`).join('')
  const tell = wish => theReader().stdin.write(`${JSON.stringify({ id, ...wish })}\n`)
  tell({ host: '127.0.0.1', port: Number(server.port), path, fields, until: Date.now() + ms })
  keepRunning(true)
  let begin, end
  const begun = new Promise(resolve => { begin = resolve })
  const over = new Promise(resolve => { end = resolve })
  waiting.set(id, { begin, end })
  return { begun, over, isOpen: () => waiting.has(id), stop: () => tell({}) }
}
