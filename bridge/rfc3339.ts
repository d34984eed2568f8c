/** `2026-05-04T03:02:01.000005Z`: UTC microseconds since 1970 as RFC 3339 with all six decimals. */
export function rfc3339(utcUs: number): string {
  const ms = Math.floor(utcUs / 1000);
  const us = utcUs - ms * 1000;
  return `${new Date(ms).toISOString().slice(0, -1)}${String(us).padStart(3, '0')}Z`;
}
