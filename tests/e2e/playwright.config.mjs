import { defineConfig } from '@playwright/test'

// Debian's own Chromium; without the network services that a closed machine would only see fail.
const launchOptions = {
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  // A bare machine has no locale, and then Chromium can't read file names in other scripts.
  env: { ...process.env, LC_ALL: 'C.UTF-8' },
}

export default defineConfig({
  testDir: '.',
  timeout: 60_000,
  expect: { timeout: 10_000 },
  workers: 1,
  reporter: 'list',
  use: { actionTimeout: 10_000, launchOptions, viewport: { width: 1280, height: 800 }, acceptDownloads: true },
})
