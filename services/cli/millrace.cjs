#!/usr/bin/env node
// Starts the command line on a Node that can run it. Kept in the oldest syntax, so that an old Node can read it.
'use strict'
var path = require('path')
var fs = require('fs')

var needed = 24
var own = path.join(__dirname, '..', '..', 'node_modules', 'node', 'bin', 'node')

if (parseInt(process.versions.node, 10) >= needed) {
  require('module').enableCompileCache()
  var source = path.join(__dirname, 'main.ts')
  import(fs.existsSync(source) ? source : path.join(__dirname, '..', '..', 'dist', 'services', 'cli', 'main.js')).then(
    function (main) {
      return main.main(process.argv.slice(2))
    }
  )
} else if (fs.existsSync(own)) {
  var ended = require('child_process').spawnSync(own, [__filename].concat(process.argv.slice(2)), { stdio: 'inherit' })
  process.exitCode = ended.status === null ? 1 : ended.status
} else {
  console.error('millrace needs Node ' + needed + ' or newer; this is ' + process.version + '. Install it and try again.')
  process.exitCode = 2
}
