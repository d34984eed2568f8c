/** An address as people write it: an IPv4 one that came in over an IPv6 socket (RFC 4291, section 2.5.5.2) as IPv4. */
export function plainAddress(address: string | undefined): string {
  return (address ?? '').replace(/^::ffff:(?=\d+\.)/, '');
}
