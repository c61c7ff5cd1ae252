import { z } from 'zod'

const text = z
  .string('must be a string')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: NUL is what it refuses
  .regex(/^[^\u0000]*$/, 'must not contain a NUL character')
  .refine((value) => value.isWellFormed(), 'must not contain half of a surrogate pair')
const filled = text.min(1, 'must not be empty')

/**
 * A JSON compilation database (https://clang.llvm.org/docs/JSONCompilationDatabase.html). Properties beyond those of
 * that page are let pass: several generators add their own.
 */
export const compileCommandsShape = z.array(
  z.looseObject(
    {
      directory: filled,
      file: filled,
      command: filled.optional(),
      arguments: z.array(text, 'must be an array of strings').min(1, 'must not be empty').optional(),
      output: filled.optional(),
    },
    'must be an object',
  ),
  'must be an array of entries',
)

export type CompileCommand = z.infer<typeof compileCommandsShape>[number]
