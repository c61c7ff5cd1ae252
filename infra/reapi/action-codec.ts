import { clone, create, type MessageInitShape } from '@bufbuild/protobuf'
import { type Action, ActionSchema, type Command, CommandSchema, type Platform } from './action.pb.ts'
import { type ActionResult, ActionResultSchema } from './action-result.pb.ts'
import { compareNames } from './file-name.ts'
import { decodeMessage, digestFrom, encodeMessage } from './message-codec.ts'
import { ReapiError } from './reapi-error.ts'

/** What a command is made of: see `action.proto`. Lists that the specification wants sorted may come in any order. */
export type CommandInit = MessageInitShape<typeof CommandSchema>
export type ActionInit = MessageInitShape<typeof ActionSchema>
export type ActionResultInit = MessageInitShape<typeof ActionResultSchema>

/** The canonical bytes: variables, output paths and platform sorted, output paths once. */
export function encodeCommand(command: CommandInit): Uint8Array {
  const message = clone(CommandSchema, create(CommandSchema, command))
  message.environmentVariables.sort((a, b) => compareNames(a.name, b.name))
  message.outputPaths = sortedOnce(message.outputPaths)
  message.outputFiles = sortedOnce(message.outputFiles)
  message.outputDirectories = sortedOnce(message.outputDirectories)
  sortPlatform(message.platform)
  return encodeMessage(CommandSchema, message)
}

/** Throws {@link ReapiError} for bytes that are no Command message, or one without a program or with a variable twice. */
export function decodeCommand(bytes: Uint8Array): Command {
  const command = decodeMessage(CommandSchema, bytes)
  if (command.arguments.length === 0) refuseCommand('has no arguments')
  const names = command.environmentVariables.map(({ name }) => name)
  if (new Set(names).size < names.length) refuseCommand('sets a variable twice')
  if (names.some((name) => name === '' || /[=\0]/.test(name))) refuseCommand('names a variable that can not be')
  const values = command.environmentVariables.map(({ value }) => value)
  if ([...command.arguments, ...values].some((text) => text.includes('\0'))) refuseCommand('has a NUL character in it')
  const { workingDirectory, outputPaths, outputFiles, outputDirectories } = command
  for (const path of [workingDirectory, ...outputPaths, ...outputFiles, ...outputDirectories])
    if (path.startsWith('/') || path.includes('\0')) refuseCommand(`names the path ${JSON.stringify(path)}`)
  return command
}

function refuseCommand(fault: string): never {
  throw new ReapiError(`Command message: it ${fault}; have its sender make the command anew`)
}

/** The canonical bytes, of which the digest is the key of the action cache. */
export function encodeAction(action: ActionInit): Uint8Array {
  const message = clone(ActionSchema, create(ActionSchema, action))
  sortPlatform(message.platform)
  return encodeMessage(ActionSchema, message)
}

/** Throws {@link ReapiError} for bytes that are no Action message, or one without digests of command and input root. */
export function decodeAction(bytes: Uint8Array): Action {
  const action = decodeMessage(ActionSchema, bytes)
  digestFrom(action.commandDigest, 'Action message, command')
  digestFrom(action.inputRootDigest, 'Action message, input root')
  return action
}

export function encodeActionResult(result: ActionResultInit): Uint8Array {
  return encodeMessage(ActionResultSchema, result)
}

/** Throws {@link ReapiError} for bytes that are no ActionResult message, or one with an output that has no digest. */
export function decodeActionResult(bytes: Uint8Array): ActionResult {
  const result = decodeMessage(ActionResultSchema, bytes)
  for (const { path, digest } of result.outputFiles)
    digestFrom(digest, `ActionResult message, file ${JSON.stringify(path)}`)
  for (const { path, treeDigest } of result.outputDirectories)
    digestFrom(treeDigest, `ActionResult message, directory ${JSON.stringify(path)}`)
  return result
}

function sortedOnce(paths: readonly string[]): string[] {
  return [...new Set(paths)].sort(compareNames)
}

function sortPlatform(platform: Platform | undefined): void {
  platform?.properties.sort((a, b) => compareNames(a.name, b.name) || compareNames(a.value, b.value))
}
