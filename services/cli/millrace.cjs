#!/usr/bin/env -S node --max-semi-space-size=16
// Starts a command line on a Node that can run it. Kept in the oldest syntax, so that an old Node can read it.
'use strict'
var fs = require('fs')
var path = require('path')

var needed = 24
// MiB that new objects may take before they are collected, as in the first line; V8 would take three times as much.
var heapFlag = '--max-semi-space-size=16'
var top = path.join(__dirname, '..', '..')
var own = path.join(top, 'node_modules', 'node', 'bin', 'node')

module.exports = launch
if (require.main === module) launch({ name: 'millrace', script: __filename, main: 'cli/main' })

// `script`: the launcher itself; `main`: the module that the command line is in, below services/, without its extension.
function launch(program) {
  if (parseInt(process.versions.node, 10) >= needed) {
    start(program)
  } else if (fs.existsSync(own)) {
    startOn(own, program)
  } else {
    console.error(
      program.name + ' needs Node ' + needed + ' or newer; this is ' + process.version + '. Install it and try again.',
    )
    process.exitCode = 2
  }
}

// From the sources in a checkout, from what was compiled of them in a package.
function start(program) {
  require('module').enableCompileCache()
  hideExperimentalWarnings()
  var source = path.join(top, 'services', program.main + '.ts')
  import(fs.existsSync(source) ? source : path.join(top, 'dist', 'services', program.main + '.js')).then((main) =>
    main.main(process.argv.slice(2)),
  )
}

// Early releases of Node 24 warn of SQLite and of type stripping, on every start.
function hideExperimentalWarnings() {
  var listeners = process.listeners('warning')
  process.removeAllListeners('warning')
  process.on('warning', (warning) => {
    if (warning.name === 'ExperimentalWarning') return
    listeners.forEach((listener) => {
      listener.call(process, warning)
    })
  })
}

// A checkout brings its own Node. This process waits for it, and ends as it does.
function startOn(node, program) {
  var child
  // Listening begins before there is a child, so that no signal ends this process alone.
  process.on('SIGINT', () => {}) // The terminal sends it to both.
  ;['SIGTERM', 'SIGHUP'].forEach((signal) => {
    process.on(signal, () => {
      child.kill(signal)
    })
  })
  child = require('child_process').spawn(node, [heapFlag, program.script].concat(process.argv.slice(2)), {
    stdio: 'inherit',
  })
  child.on('error', (error) => {
    console.error(program.name + ': ' + node + ' does not run (' + error.code + '). Run npm ci again.')
    process.exitCode = 2
  })
  child.on('exit', (code, signal) => {
    if (signal === null) {
      process.exitCode = code
      return
    }
    process.removeAllListeners(signal)
    process.kill(process.pid, signal)
  })
}
