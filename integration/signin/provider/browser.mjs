#!/usr/bin/env node
// A person at a browser: browser.mjs URL opens the address in a headless Chromium, fills in the provider's own pages and
// ends when the page after them is there. It stands where a desktop has its default browser.
//
// Who signs in, and whether they consent, comes as JSON in the environment variable PERSON (see Browser in browser.go).
// What they saw is written to the file that it names. Nothing but loopback can be reached.
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright-core'

const person = JSON.parse(process.env.PERSON)
const profile = mkdtempSync(join(tmpdir(), 'epicorerp-browser-'))
const seen = { pages: [] }

// The first start on a busy machine takes its time.
const patience = 180_000
let browser
try {
  browser = await chromium.launchPersistentContext(profile, {
    executablePath: person.chromium,
    headless: true,
    timeout: patience,
    args: [
      '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync', '--proxy-server=direct://',
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost',
    ],
  })
  const page = browser.pages()[0] ?? await browser.newPage()
  page.setDefaultTimeout(patience)
  let answer = await page.goto(process.argv[2])
  const forms = page.locator('button[type=submit]')
  while (await forms.count() > 0) {
    const asked = await page.locator('input[name=password]').count() > 0 ? 'sign in' : 'consent'
    seen.pages.push(asked)
    const next = page.waitForNavigation({ waitUntil: 'load' })
    if (person.refuseAt === asked) {
      await page.getByText('Cancel').click()
    } else {
      if (asked === 'sign in') {
        await page.fill('input[name=login]', person.name)
        await page.fill('input[name=password]', person.password)
      }
      await forms.first().click()
    }
    answer = await next
  }
  const { origin, pathname } = new URL(page.url())
  seen.last = { url: origin + pathname, status: answer.status(), headers: answer.headers(), title: await page.title(), text: await page.innerText('body') }
} catch (err) {
  seen.error = String(err.stack ?? err)
} finally {
  await browser?.close()
  rmSync(profile, { recursive: true, force: true })
}
writeFileSync(person.report + '.part', JSON.stringify(seen))
renameSync(person.report + '.part', person.report)
