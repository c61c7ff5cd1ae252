import { styleText } from 'node:util'

export type Style = Parameters<typeof styleText>[0]
/** Gives a text a style where colours are wanted, else returns it as it is. */
export type Paint = (style: Style, text: string) => string

type Environment = Readonly<Record<string, string | undefined>>

/**
 * Whether to write colours: `FORCE_COLOR` (`0` or `false`: never) goes before `NO_COLOR` (https://no-color.org), and
 * without either a terminal that is not `dumb` gets them.
 */
export function wantsColour(stream: { readonly isTTY?: boolean }, env: Environment): boolean {
  const forced = env.FORCE_COLOR
  if (forced !== undefined) return forced !== '0' && forced !== 'false'
  if (env.NO_COLOR) return false
  return stream.isTTY === true && !isDumb(env)
}

/** The terminal can't move its cursor, or nothing says that it can. */
export function isDumb({ TERM }: Environment): boolean {
  return TERM === undefined || TERM === '' || TERM === 'dumb'
}

/** A {@link Paint} for a stream with or without colours. */
export function painter(hasColour: boolean): Paint {
  return hasColour ? (style, text) => styleText(style, text, { validateStream: false }) : (_style, text) => text
}
