const endingSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** Does the work with a signal that is aborted when the user asks this process to end; at the second time it ends at once. */
export async function interruptible<Result>(work: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
  const interrupt = new AbortController()
  const onSignal = () => {
    // The executor's guard kills what runs, and the next build here resumes.
    if (interrupt.signal.aborted) process.exit(130)
    interrupt.abort()
  }
  for (const signal of endingSignals) process.on(signal, onSignal)
  try {
    return await work(interrupt.signal)
  } finally {
    for (const signal of endingSignals) process.off(signal, onSignal)
  }
}
