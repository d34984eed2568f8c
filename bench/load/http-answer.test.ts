import { describe, expect, it } from 'vitest';
import { httpAnswer } from './http-answer.js';

const ANSWER = Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 5\r\ncontent-type: text/plain\r\n\r\ngrün');

describe('an HTTP answer', () => {
  it('is told when all of it has come, and where it ends', () => {
    for (let length = 0; length < ANSWER.length; length++)
      expect(httpAnswer(ANSWER.subarray(0, length))).toBeNull();
    const two = Buffer.concat([ANSWER, ANSWER]);
    expect(httpAnswer(two)).toEqual({ status: 200, body: 'grün', length: ANSWER.length });
  });

  it('without a length is what there is of it', () => {
    const bytes = Buffer.from('HTTP/1.1 503 Busy\r\n\r\nlater');
    expect(httpAnswer(bytes)).toEqual({ status: 503, body: 'later', length: bytes.length });
  });
});
