package org.lookalike.image;

import java.util.Arrays;

/**
 * Making a picture smaller by a whole factor: the mean of each square block, rounded to the nearest
 * level.
 */
final class BlockMean {

  private BlockMean() {}

  /**
   * Interleaved samples of {@code width} by {@code height} pixels; blocks at the right and lower
   * edge may be smaller.
   */
  static byte[] reduce(byte[] samples, int width, int height, int channels, int factor) {
    int columns = Math.ceilDiv(width, factor);
    int rows = Math.ceilDiv(height, factor);
    byte[] means = new byte[columns * rows * channels];
    int[] sums = new int[columns * channels];
    for (int row = 0; row < rows; row++) {
      int bottom = Math.min(height, (row + 1) * factor);
      Arrays.fill(sums, 0);
      for (int y = row * factor; y < bottom; y++) {
        addRow(samples, y * width * channels, width, channels, factor, sums);
      }
      int to = row * columns * channels;
      for (int column = 0; column < columns; column++) {
        int right = Math.min(width, (column + 1) * factor);
        int count = (bottom - row * factor) * (right - column * factor);
        for (int channel = 0; channel < channels; channel++) {
          means[to++] = (byte) ((sums[column * channels + channel] + count / 2) / count);
        }
      }
    }
    return means;
  }

  private static void addRow(
      byte[] samples, int from, int width, int channels, int factor, int[] sums) {
    for (int block = 0, x = 0; x < width; block += channels) {
      for (int right = Math.min(width, x + factor); x < right; x++) {
        for (int channel = 0; channel < channels; channel++) {
          sums[block + channel] += samples[from++] & 0xFF;
        }
      }
    }
  }
}
