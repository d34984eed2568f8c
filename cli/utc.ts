/** UTC microseconds to the second: `2026-11-22 06:00:00Z`. */
export function timeOf(us: number): string {
  return `${new Date(us / 1e3).toISOString().slice(0, 19).replace('T', ' ')}Z`;
}
