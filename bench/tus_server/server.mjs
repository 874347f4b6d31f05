// The rival of bench/tus.py: server.mjs PORT FOLDER
import { FileStore } from '@tus/file-store'
import { Server } from '@tus/server'
import { mkdirSync } from 'node:fs'

const [port, directory] = process.argv.slice(2)
mkdirSync(directory, { recursive: true })
new Server({ path: '/files', datastore: new FileStore({ directory }) }).listen({ host: '127.0.0.1', port: Number(port) })
