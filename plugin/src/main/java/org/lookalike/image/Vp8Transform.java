package org.lookalike.image;

/** VP8's inverse transforms (RFC 6386, section 14). */
final class Vp8Transform {

  private static final int SINE = 35468;
  private static final int COSINE = 20091;

  private Vp8Transform() {}

  /**
   * The Walsh-Hadamard transform of a Y2 block, whose results are the first coefficients of the 16
   * luma blocks.
   */
  static void spreadY2(int[] y2, int[] luma) {
    int[] half = new int[16];
    for (int i = 0; i < 4; i++) {
      int a = y2[i] + y2[i + 12];
      int b = y2[i + 4] + y2[i + 8];
      int c = y2[i + 4] - y2[i + 8];
      int d = y2[i] - y2[i + 12];
      half[i] = a + b;
      half[i + 4] = c + d;
      half[i + 8] = a - b;
      half[i + 12] = d - c;
    }
    for (int i = 0; i < 16; i += 4) {
      int a = half[i] + half[i + 3];
      int b = half[i + 1] + half[i + 2];
      int c = half[i + 1] - half[i + 2];
      int d = half[i] - half[i + 3];
      luma[16 * i] = a + b + 3 >> 3;
      luma[16 * (i + 1)] = c + d + 3 >> 3;
      luma[16 * (i + 2)] = a - b + 3 >> 3;
      luma[16 * (i + 3)] = d - c + 3 >> 3;
    }
  }

  /** Adds the inverse cosine transform of 16 coefficients to the 4 by 4 levels at {@code at}. */
  static void add(int[] coefficients, int from, Vp8Plane plane, int at) {
    int[] half = new int[16];
    for (int i = 0; i < 4; i++) {
      int first = coefficients[from + i];
      int second = coefficients[from + 4 + i];
      int third = coefficients[from + 8 + i];
      int fourth = coefficients[from + 12 + i];
      int c = sine(second) - cosine(fourth);
      int d = cosine(second) + sine(fourth);
      half[i] = first + third + d;
      half[i + 4] = first - third + c;
      half[i + 8] = first - third - c;
      half[i + 12] = first + third - d;
    }
    for (int row = 0; row < 4; row++, at += plane.stride) {
      int sum = half[4 * row] + half[4 * row + 2] + 4;
      int difference = half[4 * row] - half[4 * row + 2] + 4;
      int c = sine(half[4 * row + 1]) - cosine(half[4 * row + 3]);
      int d = cosine(half[4 * row + 1]) + sine(half[4 * row + 3]);
      add(plane.levels, at, sum + d);
      add(plane.levels, at + 1, difference + c);
      add(plane.levels, at + 2, difference - c);
      add(plane.levels, at + 3, sum - d);
    }
  }

  private static void add(byte[] levels, int at, int eighths) {
    levels[at] = Vp8Plane.limited((levels[at] & 0xFF) + (eighths >> 3));
  }

  private static int sine(int value) {
    return value * SINE >> 16;
  }

  private static int cosine(int value) {
    return value + (value * COSINE >> 16);
  }
}
