/**
 * What a hub as it comes grants each of so many devices (hub/session/session-table.ts). Servers that grant nothing get as many
 * frames on the way as a hub would have.
 */
export function creditOf(connections: number): number {
  return Math.max(4, Math.min(256, Math.floor(65_536 / connections)));
}
