package org.lookalike.image;

/** Predicting blocks from the levels above and to the left (RFC 6386, section 12). */
final class Vp8Prediction {

  /**
   * Modes of whole blocks; their numbers are those of the subblock modes they stand for as context.
   */
  static final int MEAN = 0;

  static final int MOTION = 1;
  static final int VERTICAL = 2;
  static final int HORIZONTAL = 3;

  /**
   * The directional subblock modes, from 2 on: for each level, in rows, which smoothed level of the
   * edge it is. The edge runs from the lowest level on the left (thrice) over the corner to the
   * last one above on the right (twice); numbers of {@code TWO} and more mean the mean of two
   * levels, smaller ones the weighted mean of three.
   */
  private static final int TWO = 100;

  private static final int[][] DIRECTIONS = {
    {7, 8, 9, 10, 7, 8, 9, 10, 7, 8, 9, 10, 7, 8, 9, 10},
    {5, 5, 5, 5, 4, 4, 4, 4, 3, 3, 3, 3, 2, 2, 2, 2},
    {8, 9, 10, 11, 9, 10, 11, 12, 10, 11, 12, 13, 11, 12, 13, 14},
    {6, 7, 8, 9, 5, 6, 7, 8, 4, 5, 6, 7, 3, 4, 5, 6},
    {106, 107, 108, 109, 6, 7, 8, 9, 5, 106, 107, 108, 4, 6, 7, 8},
    {107, 108, 109, 110, 8, 9, 10, 11, 108, 109, 110, 12, 9, 10, 11, 13},
    {105, 6, 7, 8, 104, 5, 105, 6, 103, 4, 104, 5, 102, 3, 103, 4},
    {104, 4, 103, 3, 103, 3, 102, 2, 102, 2, 1, 1, 1, 1, 1, 1}
  };

  private final int[] edge = new int[16];

  /**
   * Predicts a block of {@code side} levels.
   *
   * @param hasAbove whether there is a macroblock above; if not, {@link #MEAN} leaves those levels
   *     out
   * @param hasLeft the same to the left
   */
  void whole(Vp8Plane plane, int at, int side, int mode, boolean hasAbove, boolean hasLeft) {
    byte[] levels = plane.levels;
    int above = at - plane.stride;
    int corner = levels[above - 1] & 0xFF;
    int mean = mode == MEAN ? mean(plane, at, side, hasAbove, hasLeft) : 0;
    for (int row = 0; row < side; row++) {
      int to = at + row * plane.stride;
      int left = levels[to - 1] & 0xFF;
      for (int column = 0; column < side; column++) {
        levels[to + column] =
            switch (mode) {
              case MEAN -> (byte) mean;
              case VERTICAL -> levels[above + column];
              case HORIZONTAL -> (byte) left;
              default -> Vp8Plane.limited(left + (levels[above + column] & 0xFF) - corner);
            };
      }
    }
  }

  private static int mean(Vp8Plane plane, int at, int side, boolean hasAbove, boolean hasLeft) {
    if (!hasAbove && !hasLeft) {
      return 128;
    }
    int sum = 0;
    for (int i = 0; i < side; i++) {
      sum += hasAbove ? plane.levels[at - plane.stride + i] & 0xFF : 0;
      sum += hasLeft ? plane.levels[at + i * plane.stride - 1] & 0xFF : 0;
    }
    int count = hasAbove && hasLeft ? 2 * side : side;
    return (sum + count / 2) / count;
  }

  /** Predicts a subblock of 4 by 4; {@code right} are the four levels above it on the right. */
  void subblock(Vp8Plane plane, int at, int mode, int[] right) {
    if (mode == MEAN || mode == MOTION) {
      whole(plane, at, 4, mode, true, true);
      return;
    }
    readEdge(plane, at, right);
    int[] sources = DIRECTIONS[mode - 2];
    for (int i = 0; i < 16; i++) {
      int source = sources[i];
      int level =
          source >= TWO
              ? edge[source - TWO] + edge[source - TWO + 1] + 1 >> 1
              : edge[source - 1] + 2 * edge[source] + edge[source + 1] + 2 >> 2;
      plane.levels[at + i / 4 * plane.stride + i % 4] = (byte) level;
    }
  }

  private void readEdge(Vp8Plane plane, int at, int[] right) {
    byte[] levels = plane.levels;
    int above = at - plane.stride;
    for (int i = 0; i < 4; i++) {
      edge[5 - i] = levels[at + i * plane.stride - 1] & 0xFF;
      edge[7 + i] = levels[above + i] & 0xFF;
      edge[11 + i] = right[i];
    }
    edge[0] = edge[2];
    edge[1] = edge[2];
    edge[6] = levels[above - 1] & 0xFF;
    edge[15] = edge[14];
  }
}
