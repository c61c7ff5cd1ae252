import { createShellExecutor } from '../../../infra/executor/shell-executor.ts'

/** A process to be killed: runs the shell lines of its arguments at once, after it said which processes it has. */
const lines = process.argv.slice(2)
const executor = createShellExecutor({ slots: Math.max(1, lines.length), env: { PATH: process.env.PATH ?? '' } })
await executor.start()
process.stdout.write(`${JSON.stringify(executor.processes())}\n`)
await Promise.all(lines.map((shell) => executor.run({ command: { shell }, cwd: process.cwd() })))
if (lines.length > 0) await executor.close()
