#!/usr/bin/env -S node --max-semi-space-size=16
// Starts the drop-in for ninja, as millrace.cjs starts the command line.
'use strict'
require('./millrace.cjs')({ name: 'millrace-ninja', script: __filename, main: 'cli/ninja/main' })
