package org.lookalike.image;

import java.util.Arrays;

/**
 * One plane of a VP8 frame in whole macroblocks, with a border above and to the left of the values
 * from which blocks at the edges are predicted.
 */
final class Vp8Plane {

  private static final byte ABOVE = 127;
  private static final byte BEFORE = (byte) 129;

  final byte[] levels;
  final int stride;

  Vp8Plane(int width, int height) {
    stride = width + 1;
    levels = new byte[stride * (height + 1)];
    Arrays.fill(levels, 0, stride, ABOVE);
    for (int row = 1; row <= height; row++) {
      levels[row * stride] = BEFORE;
    }
  }

  /** Where the level at column {@code x} of row {@code y} lies. */
  int at(int x, int y) {
    return (y + 1) * stride + x + 1;
  }

  /** A level limited to a byte. */
  static byte limited(int level) {
    return (byte) Math.max(0, Math.min(255, level));
  }
}
