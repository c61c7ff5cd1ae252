#!/usr/bin/env node
// Starts the command line on a Node that can run it. Kept in the oldest syntax, so that an old Node can read it.
'use strict'
var fs = require('fs')
var path = require('path')

var needed = 24
var top = path.join(__dirname, '..', '..')
var own = path.join(top, 'node_modules', 'node', 'bin', 'node')

if (parseInt(process.versions.node, 10) >= needed) {
  start()
} else if (fs.existsSync(own)) {
  startOn(own)
} else {
  console.error(
    'millrace needs Node ' + needed + ' or newer; this is ' + process.version + '. Install it and try again.',
  )
  process.exitCode = 2
}

// From the sources in a checkout, from what was compiled of them in a package.
function start() {
  require('module').enableCompileCache()
  hideExperimentalWarnings()
  var source = path.join(__dirname, 'main.ts')
  import(fs.existsSync(source) ? source : path.join(top, 'dist', 'services', 'cli', 'main.js')).then((main) =>
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
function startOn(node) {
  var child
  // Listening begins before there is a child, so that no signal ends this process alone.
  process.on('SIGINT', () => {}) // The terminal sends it to both.
  ;['SIGTERM', 'SIGHUP'].forEach((signal) => {
    process.on(signal, () => {
      child.kill(signal)
    })
  })
  child = require('child_process').spawn(node, [__filename].concat(process.argv.slice(2)), { stdio: 'inherit' })
  child.on('error', (error) => {
    console.error('millrace: ' + node + ' does not run (' + error.code + '). Run npm ci again.')
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
