/** A chain of three tasks, of which the middle one prints a line. */
export const chain = {
  'build.ninja': [
    'rule copy',
    '  command = cp $in $out',
    '  description = COPY $out',
    'rule say',
    '  command = echo "about $out" && cp $in $out',
    'build a: copy source',
    'build b: say a',
    'build c: copy b',
    '',
  ].join('\n'),
  source: 'one\n',
}

/** `slow` waits until somebody makes the file `go`; `first` is made before it, `later` after it. */
export const gated = {
  'build.ninja': [
    'rule copy',
    '  command = cp $in $out',
    'rule wait',
    '  command = touch begun; while [ ! -e go ]; do sleep 0.02; done; cp $in $out',
    'build first: copy source',
    'build slow: wait first',
    'build later: copy slow',
    '',
  ].join('\n'),
  source: 'one\n',
}
