/** Time since the request: `+0.000 s`, `+12.345 s`, `+3:05.120`, `+2:03:05.120`. */
export function offsetText(ms: number): string {
  if (ms < 0) return `-${offsetText(-ms).slice(1)}`
  const rounded = Math.round(ms)
  const seconds = rounded / 1000
  if (seconds < 60) return `+${seconds.toFixed(3)} s`
  const minutes = Math.floor(rounded / 60_000)
  const rest = ((rounded % 60_000) / 1000).toFixed(3).padStart(6, '0')
  if (minutes < 60) return `+${minutes}:${rest}`
  return `+${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')}:${rest}`
}
