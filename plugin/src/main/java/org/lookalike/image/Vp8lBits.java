package org.lookalike.image;

import java.nio.ByteBuffer;

/** The bits of a VP8L stream, lowest first. */
final class Vp8lBits {

  private final ByteBuffer data;
  private int at;
  private long held;
  private int count;

  Vp8lBits(ByteBuffer data) {
    this.data = data;
  }

  /** At most 24 bits as a number. */
  int read(int bits) throws ImageException {
    int number = peek(bits);
    skip(bits);
    return number;
  }

  boolean flag() throws ImageException {
    return read(1) != 0;
  }

  /** The next bits, zeros beyond the end. */
  int peek(int bits) {
    while (count < bits) {
      long next = at < data.limit() ? data.get(at) & 0xFF : 0;
      at++;
      held |= next << count;
      count += 8;
    }
    return (int) held & (1 << bits) - 1;
  }

  /** Takes bits that were seen. */
  void skip(int bits) throws ImageException {
    held >>>= bits;
    count -= bits;
    if (at - count / 8 > data.limit()) {
      throw ImageException.truncated();
    }
  }
}
