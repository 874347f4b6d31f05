// Downloads about 100 KB/s through a small receive buffer, as Node and curl can't: in a large one lies what came long ago.
import { spawn } from 'node:child_process'

const script = `
import json, socket, sys, time
host, port, path, fields, until = sys.argv[1:]
peer = socket.socket()
peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
peer.settimeout(0.1)
peer.connect((host, int(port)))
peer.sendall(f"GET {path} HTTP/1.1\\r\\nHost: {host}:{port}\\r\\n{fields}\\r\\n".encode())
seen = {"bytes": 0, "last": 0, "end": "open"}
while time.time() * 1000 < float(until):
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
    if seen["bytes"] <= 8192 < seen["bytes"] + len(part):
        print("begun", flush=True)
    seen["bytes"] += len(part)
    seen["last"] = time.time() * 1000
    time.sleep(0.01)
seen["at"] = time.time() * 1000
print(json.dumps(seen))
`

/** The last line of what it printed. */
function seenBy(text) {
  const seen = JSON.parse(text.trimEnd().split('\n').at(-1))
  return { ...seen, wasCut: seen.end !== 'open' }
}

/**
 * Reads until it is cut, for `ms` at most. `begun` once bytes of the body have come; `over` tells how many came (`bytes`), when the `last` of
 * them, whether it was cut and how (`end`: reset, closed or open), and when it was over (`at`).
 */
export function readSlowly(server, path, headers, ms = 15_000) {
  const fields = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`).join('')
  const reader = spawn('python3', ['-c', script, '127.0.0.1', server.port, path, fields, Date.now() + ms], { stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  let begin
  const begun = new Promise(resolve => { begin = resolve })
  reader.stdout.on('data', part => { text += part; begin() })
  let isOpen = true
  const over = new Promise((resolve, reject) => reader.on('error', reject).on('close', (code, signal) => {
    isOpen = false
    if (signal) resolve({ wasCut: false })
    else resolve(seenBy(text))
  }))
  return { begun, over, isOpen: () => isOpen, stop: () => reader.kill() }
}
