import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { installTools } from './install-tools.ts'

// What `npm test` runs: type check, lint and the tests, each of them even when one before it failed. Tools that the tests
// compare with are installed first where they are missing and that may be done. The last line says
// how many tests passed and failed; a type check or lint with errors counts as one that failed. Arguments go to ava.

const failures: string[] = []

function check(title: string, command: string, args: readonly string[]): void {
  console.log(`# ${title}`)
  const { status, error } = spawnSync(command, args, { stdio: 'inherit' })
  if (status === 0) return
  failures.push(error === undefined ? title : `${title}: ${error.message}`)
}

/** Runs the tests and passes their TAP report on. Returns how many passed; those that failed go to `failures`. */
async function runTests(args: readonly string[]): Promise<number> {
  console.log('# tests')
  const child = spawn('ava', ['--tap', ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(child, 'close')
  let passed = 0
  let isComplete = false
  const failuresBefore = failures.length
  for await (const line of createInterface({ input: child.stdout })) {
    console.log(line)
    if (line.startsWith('ok ')) passed += 1
    else if (line.startsWith('not ok ')) failures.push(line.replace(/^not ok \d+ - /, ''))
    isComplete ||= /^# fail \d+$/.test(line)
  }
  const [code, signal] = await ended
  if (!isComplete) failures.push(`the test runner ended early (${signal ?? code})`)
  else if (code !== 0 && failures.length === failuresBefore)
    failures.push(`the test runner ended with exit code ${code}`)
  return passed
}

const args = process.argv.slice(2)
installTools()
if (args.length === 0) {
  check('type check', 'tsc', [])
  check('lint', 'biome', ['check', '--error-on-warnings', '--max-diagnostics=100'])
}
const passed = await runTests(args)
if (failures.length > 0) {
  process.exitCode = 1
  console.log(`\nFailed:\n${failures.map((failure) => `  ${failure}`).join('\n')}\n`)
}
console.log(`${passed} passed, ${failures.length} failed`)
