package org.lookalike.image;

/** VP8's arithmetic decoder (RFC 6386, section 7) over a part of a file; zeros follow its end. */
final class Vp8Bits {

  private final byte[] data;
  private final int end;
  private int at;
  private int range = 255;
  private int value;

  /** How many bits {@link #value} holds beyond the eight that are compared. */
  private int spare = -8;

  private boolean exhausted;

  Vp8Bits(byte[] data, int from, int end) {
    this.data = data;
    this.at = from;
    this.end = end;
  }

  /** Whether more was read than there is. */
  boolean isExhausted() {
    return exhausted;
  }

  /** One bit, whose probability of being 0 is {@code probability} / 256. */
  boolean read(int probability) {
    while (spare < 0) {
      exhausted |= at >= end;
      value = value << 8 | (at < end ? data[at++] & 0xFF : 0);
      spare += 8;
    }
    int split = 1 + ((range - 1) * probability >> 8);
    int limit = split << spare;
    boolean bit = value >= limit;
    if (bit) {
      range -= split;
      value -= limit;
    } else {
      range = split;
    }
    int shift = Integer.numberOfLeadingZeros(range) - 24;
    range <<= shift;
    spare -= shift;
    return bit;
  }

  int bit(int probability) {
    return read(probability) ? 1 : 0;
  }

  boolean flag() {
    return read(128);
  }

  /** A number without sign, highest bit first. */
  int number(int bits) {
    int number = 0;
    for (int i = 0; i < bits; i++) {
      number = number << 1 | bit(128);
    }
    return number;
  }

  /** A number followed by its sign. */
  int signed(int bits) {
    int number = number(bits);
    return flag() ? -number : number;
  }

  /** What {@link #signed} reads if a flag says so, else 0. */
  int optional(int bits) {
    return flag() ? signed(bits) : 0;
  }
}
