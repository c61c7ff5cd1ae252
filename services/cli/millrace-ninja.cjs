#!/usr/bin/env node
// Starts the drop-in for ninja, as millrace.cjs starts the command line.
'use strict'
require('./millrace.cjs')({ name: 'millrace-ninja', script: __filename, main: 'cli/ninja/main' })
