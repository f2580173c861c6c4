package org.lookalike.image;

/**
 * The indices of a GIF's frame, decompressed (LZW, codes of 3 to 12 bits in sub-blocks) a row at a
 * time.
 */
final class GifCodes {

  private static final int MOST_CODES = 4096;

  private final byte[] data;
  private int at;
  private int blockLeft;
  private int bits;
  private int bitCount;

  private final int smallest;
  private final int clear;
  private int codeSize;
  private int next;
  private int previous = -1;
  private final short[] prefix = new short[MOST_CODES];
  private final byte[] last = new byte[MOST_CODES];
  private final byte[] first = new byte[MOST_CODES];
  private final byte[] stack = new byte[MOST_CODES];
  private int stacked;

  /** Reads from {@code at}: the code size and what follows. */
  GifCodes(byte[] data, int at) throws ImageException {
    this.data = data;
    this.at = at + 1;
    smallest = data[at];
    if (smallest < 1 || smallest > 8) {
      throw ImageException.damaged("a GIF with codes of " + (data[at] & 0xFF) + " bits");
    }
    clear = 1 << smallest;
    for (int i = 0; i < clear; i++) {
      first[i] = (byte) i;
      last[i] = (byte) i;
    }
    reset();
  }

  void read(byte[] row) throws ImageException {
    for (int i = 0; i < row.length; ) {
      if (stacked == 0) {
        unfold(nextCode());
      }
      while (stacked > 0 && i < row.length) {
        row[i++] = stack[--stacked];
      }
    }
  }

  /** Puts what a code stands for on the stack, last index first, and learns the next code. */
  private void unfold(int code) throws ImageException {
    if (code > next || code == next && (previous < 0 || next >= MOST_CODES)) {
      throw ImageException.damaged("its compressed data is broken");
    }
    int walked = code;
    if (code == next) {
      stack[stacked++] = first[previous];
      walked = previous;
    }
    while (walked >= clear) {
      stack[stacked++] = last[walked];
      walked = prefix[walked];
    }
    stack[stacked++] = (byte) walked;
    if (previous >= 0 && next < MOST_CODES) {
      prefix[next] = (short) previous;
      first[next] = first[previous];
      last[next] = (byte) walked;
      next++;
      if (next == 1 << codeSize && codeSize < 12) {
        codeSize++;
      }
    }
    previous = code;
  }

  /** The next code that stands for indices. */
  private int nextCode() throws ImageException {
    while (true) {
      while (bitCount < codeSize) {
        bits |= nextByte() << bitCount;
        bitCount += 8;
      }
      int code = bits & (1 << codeSize) - 1;
      bits >>>= codeSize;
      bitCount -= codeSize;
      if (code == clear + 1) {
        throw ImageException.truncated();
      }
      if (code != clear) {
        return code;
      }
      reset();
    }
  }

  private void reset() {
    codeSize = smallest + 1;
    next = clear + 2;
    previous = -1;
  }

  private int nextByte() throws ImageException {
    if (blockLeft == 0) {
      blockLeft = at < data.length ? data[at++] & 0xFF : 0;
    }
    if (blockLeft == 0 || at >= data.length) {
      throw ImageException.truncated();
    }
    blockLeft--;
    return data[at++] & 0xFF;
  }
}
