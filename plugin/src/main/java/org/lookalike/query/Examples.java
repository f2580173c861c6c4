package org.lookalike.query;

import java.util.List;

/**
 * Vectors of indexed pictures of which the caller wants more, and of others of which it wants less.
 * They move the vector that is asked about, as Rocchio's feedback does; {@code
 * lookalike/search/refining.py} computes the same.
 */
record Examples(List<float[]> more, List<float[]> less) {
  private static final double AGAINST = 0.15; // of the weight of what is wanted
  private static final double NOTHING = 1e-6; // a length

  /**
   * The mean of a vector and those of which more is wanted, less 0.15 times the mean of the others,
   * all as unit vectors; of unit length.
   *
   * @throws IllegalArgumentException if nothing is left, or an example is of another length
   */
  float[] refine(float[] vector) {
    double[] moved = new double[vector.length];
    double share = 1.0 / (1 + more.size());
    add(moved, vector, share);
    more.forEach(example -> add(moved, example, share));
    less.forEach(example -> add(moved, example, -AGAINST / less.size()));
    double length = 0;
    for (double value : moved) {
      length += value * value;
    }
    length = Math.sqrt(length);
    if (length < NOTHING) {
      throw new IllegalArgumentException(
          "[more_like] and [less_like] cancel what is asked for, so nothing is left to look for");
    }
    float[] refined = new float[moved.length];
    for (int i = 0; i < refined.length; i++) {
      refined[i] = (float) (moved[i] / length);
    }
    return refined;
  }

  private static void add(double[] sum, float[] vector, double weight) {
    if (vector.length != sum.length) {
      throw new IllegalArgumentException(
          "[more_like] and [less_like] need vectors of ["
              + sum.length
              + "] numbers, as the picture that is asked about has, found one of ["
              + vector.length
              + "]");
    }
    double squares = 0;
    for (float value : vector) {
      squares += (double) value * value;
    }
    double scale = squares == 0 ? 0 : weight / Math.sqrt(squares);
    for (int i = 0; i < sum.length; i++) {
      sum[i] += scale * vector[i];
    }
  }
}
