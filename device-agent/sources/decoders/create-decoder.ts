/** From the configuration of a format to its decoder: a framer and what its frames hold. */
import { cborPacketDecoder } from './cbor.js';
import type { FormatConfig } from './config.js';
import { csvLineDecoder } from './csv.js';
import type { Decoder, DecoderOutput, FrameDecoder } from './decoder.js';
import { Framer } from './framer.js';
import { decodeJsonLine } from './json.js';
import { patternLineDecoder } from './pattern.js';
import { SLIP_END } from './slip.js';

const LF = 0x0a;
const CR = 0x0d;

/** A decoder for one opening of a stream. */
export function createDecoder(format: FormatConfig, out: DecoderOutput): Decoder {
  switch (format.type) {
    case 'json':
      // The rear of a JSON object in one line is never itself a JSON object, so nothing need be skipped on joining.
      return lines(format.max_line_bytes, 'keep', decodeJsonLine, out);
    case 'csv':
      return lines(format.max_line_bytes, format.first_line, csvLineDecoder(format), out);
    case 'pattern':
      return lines(format.max_line_bytes, format.first_line, patternLineDecoder(format.pattern), out);
    case 'cbor-slip':
      return new Framer({
        delimiters: [SLIP_END],
        // Escaping at most doubles a packet.
        maxBytes: 2 * format.max_frame_bytes,
        // The rear of a CBOR map may hold a smaller map.
        join: 'skip',
        ...receiver(cborPacketDecoder(format.max_frame_bytes), out),
      });
  }
}

function lines(maxBytes: number, join: 'skip' | 'keep', decode: FrameDecoder, out: DecoderOutput): Framer {
  return new Framer({ delimiters: [LF, CR], maxBytes, join, ...receiver(decode, out) });
}

function receiver(
  decode: FrameDecoder,
  out: DecoderOutput,
): Pick<ConstructorParameters<typeof Framer>[0], 'frame' | 'discarded'> {
  return {
    frame: (bytes, monotonicUs) => decode(bytes, monotonicUs, out),
    discarded: (bytes, reason) => out.discarded(bytes, reason),
  };
}
