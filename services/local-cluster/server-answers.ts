import { createConnection } from 'node:net'

/** How a server is asked whether it serves. */
export interface ServerQuestion {
  readonly port: number
  /** What is sent once there is a connection. */
  readonly ask: string
  /** What the reply begins with. */
  readonly answer: string
}

const answerMsMax = 1_000

/** Whether the server on this port of the loopback interface answers so, within a second. */
export function serverAnswers({ port, ask, answer }: ServerQuestion): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(port, '127.0.0.1', () => socket.write(ask))
    const end = (does: boolean) => {
      socket.destroy()
      resolve(does)
    }
    let said = ''
    socket.setEncoding('utf8').on('data', (piece: string) => {
      said += piece
      if (said.length >= answer.length) end(said.startsWith(answer))
    })
    socket.once('error', () => end(false))
    socket.once('close', () => end(false))
    socket.setTimeout(answerMsMax, () => end(false))
  })
}
