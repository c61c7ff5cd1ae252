import { InvalidArgumentError, Option } from 'commander'

/** `--state-dir`, which every command has. */
export function stateDirOption(): Option {
  return new Option('--state-dir <dir>', 'where builds are remembered (default: $XDG_STATE_HOME/millrace)')
}

/** `--cache-dir`. */
export function cacheDirOption(): Option {
  return new Option('--cache-dir <dir>', 'where results are kept (default: $XDG_CACHE_HOME/millrace)')
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
