package org.lookalike.image;

import java.util.Arrays;

/**
 * Resizing with a triangle filter that widens when a picture shrinks, along rows and along columns.
 *
 * <p>Weights are integers of 22 binary places and each pass is rounded to bytes, as Pillow does it,
 * so that the results are equal and not only close: ingest resizes with Pillow.
 */
final class BilinearResize {

  private static final int PLACES = 22;

  private BilinearResize() {}

  static Pixels resize(Pixels source, int width, int height) {
    int fewerRows = source.height() - height;
    // Which pass comes first shows in the last bit; the rule is that of Pillow 13.
    boolean columnsFirst = fewerRows > 0 && fewerRows > 2 * (source.width() - width);
    return columnsFirst
        ? withWidth(withHeight(source, height), width)
        : withHeight(withWidth(source, width), height);
  }

  private static Pixels withWidth(Pixels source, int width) {
    if (width == source.width()) {
      return source;
    }
    Weights weights = new Weights(source.width(), width);
    byte[] rgb = alongRows(source.rgb(), source.width(), source.height(), weights);
    return new Pixels(rgb, width, source.height());
  }

  private static Pixels withHeight(Pixels source, int height) {
    if (height == source.height()) {
      return source;
    }
    Weights weights = new Weights(source.height(), height);
    return new Pixels(alongColumns(source.rgb(), source.width(), weights), source.width(), height);
  }

  /**
   * For each position of the output: the first position of the input it reads, and integer weights
   * from there on.
   */
  private static final class Weights {
    final int[] first;
    final int[][] weights;

    Weights(int from, int to) {
      first = new int[to];
      weights = new int[to][];
      double scale = (double) from / to;
      double reach = Math.max(scale, 1.0);
      for (int position = 0; position < to; position++) {
        double centre = (position + 0.5) * scale;
        int begin = Math.max(0, (int) (centre - reach + 0.5));
        int end = Math.min(from, (int) (centre + reach + 0.5));
        first[position] = begin;
        weights[position] = triangle(begin, end, centre, 1.0 / reach);
      }
    }

    private static int[] triangle(int begin, int end, double centre, double slope) {
      double[] shares = new double[end - begin];
      double sum = 0;
      for (int i = 0; i < shares.length; i++) {
        shares[i] = Math.max(0, 1.0 - Math.abs((i + begin - centre + 0.5) * slope));
        sum += shares[i];
      }
      int[] weights = new int[shares.length];
      for (int i = 0; i < shares.length; i++) {
        weights[i] = (int) (0.5 + shares[i] / sum * (1 << PLACES));
      }
      return weights;
    }
  }

  private static byte[] alongRows(byte[] rgb, int width, int height, Weights weights) {
    int columns = weights.first.length;
    byte[] target = new byte[3 * columns * height];
    int to = 0;
    for (int y = 0; y < height; y++) {
      int row = 3 * y * width;
      for (int x = 0; x < columns; x++) {
        int from = row + 3 * weights.first[x];
        int red = 1 << PLACES - 1;
        int green = red;
        int blue = red;
        for (int weight : weights.weights[x]) {
          red += weight * (rgb[from] & 0xFF);
          green += weight * (rgb[from + 1] & 0xFF);
          blue += weight * (rgb[from + 2] & 0xFF);
          from += 3;
        }
        target[to++] = level(red);
        target[to++] = level(green);
        target[to++] = level(blue);
      }
    }
    return target;
  }

  private static byte[] alongColumns(byte[] rgb, int width, Weights weights) {
    int stride = 3 * width;
    byte[] target = new byte[stride * weights.first.length];
    int[] sums = new int[stride];
    for (int y = 0; y < weights.first.length; y++) {
      Arrays.fill(sums, 1 << PLACES - 1);
      int from = weights.first[y] * stride;
      for (int weight : weights.weights[y]) {
        for (int i = 0; i < stride; i++) {
          sums[i] += weight * (rgb[from + i] & 0xFF);
        }
        from += stride;
      }
      int to = y * stride;
      for (int i = 0; i < stride; i++) {
        target[to + i] = level(sums[i]);
      }
    }
    return target;
  }

  private static byte level(int sum) {
    return (byte) Math.min(255, sum >> PLACES);
  }
}
