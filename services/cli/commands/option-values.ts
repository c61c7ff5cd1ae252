import { InvalidArgumentError, Option } from 'commander'

/** `--state-dir`, which every command has. */
export function stateDirOption(): Option {
  return new Option('--state-dir <dir>', 'where builds are remembered (default: $XDG_STATE_HOME/millrace)')
}

/** `--cache-dir`. */
export function cacheDirOption(): Option {
  return new Option('--cache-dir <dir>', 'where results are kept (default: $XDG_CACHE_HOME/millrace)')
}

/** For an option that may be repeated. */
export function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value]
}

/** `--cluster`, of commands that look at past builds. */
export function clusterOption(): Option {
  return new Option('--cluster', 'of a cluster, whose NATS keeps the event log').conflicts('stateDir')
}

/** `--nats`. */
export function natsOption(): Option {
  return new Option('--nats <url>', 'NATS (default: $MILLRACE_NATS_URL, else nats://127.0.0.1:4222)')
}

/** `--redis`. */
export function redisOption(): Option {
  return new Option('--redis <url>', 'Redis (default: $MILLRACE_REDIS_URL, else redis://127.0.0.1:6379)')
}

/** Reads an option's value as a whole number that is at least `min`, and no larger than events can tell. */
export function wholeNumber(min: number): (text: string) => number {
  return (text) => {
    const number = Number(text)
    if (!/^\d+$/.test(text) || number < min || !Number.isSafeInteger(number))
      throw new InvalidArgumentError(`Expected a whole number from ${min} on.`)
    return number
  }
}
