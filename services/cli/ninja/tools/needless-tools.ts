import { OptionReader } from '../getopt.ts'
import { checkManifest } from '../manifest-file.ts'
import type { NinjaAnswer, NinjaOptions } from '../ninja-options.ts'

type NeedlessTool = (options: NinjaOptions, directory: string) => NinjaAnswer

/** Tools that have nothing to do here. What ninja would refuse is refused. Throws `NinjaError`. */
export const needlessTools: Readonly<Record<'recompact' | 'restat', NeedlessTool>> = {
  /** Millrace's log needs no such care. */
  recompact: ({ file }, directory) => {
    checkManifest(directory, file)
    return { code: 0 }
  },
  /** Takes new times of outputs for granted: here times decide nothing. */
  restat: ({ args }) => {
    for (const argument of new OptionReader(args, { short: 'h' }))
      if (!('operand' in argument)) {
        const stderr = 'mistake' in argument ? `restat: ${argument.mistake}\n` : ''
        return { code: 1, stdout: 'usage: ninja -t restat [outputs]\n', stderr }
      }
    return { code: 0 }
  },
}
