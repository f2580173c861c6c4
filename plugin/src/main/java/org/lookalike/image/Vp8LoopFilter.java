package org.lookalike.image;

/**
 * Smoothing the edges of blocks (RFC 6386, section 15), after the whole frame has been
 * reconstructed.
 */
final class Vp8LoopFilter {

  private final Vp8Planes planes;
  private final boolean simple;
  private final int sharpness;

  // Of the macroblock that is being filtered.
  private int interior;
  private int variance;

  Vp8LoopFilter(Vp8Header header, Vp8Planes planes) {
    this.planes = planes;
    this.simple = header.simpleFilter;
    this.sharpness = header.sharpness;
  }

  void filterRow(int row) {
    for (int column = 0; column < planes.columns; column++) {
      int level = planes.filterLevel(column, row);
      if (level > 0) {
        setStrength(level);
        filter(column, row, 2 * level + interior, planes.isFilteredInside(column, row));
      }
    }
  }

  private void setStrength(int level) {
    interior = level;
    if (sharpness > 0) {
      interior >>= sharpness > 4 ? 2 : 1;
      interior = Math.min(interior, 9 - sharpness);
    }
    interior = Math.max(1, interior);
    variance = level >= 40 ? 2 : level >= 15 ? 1 : 0;
  }

  private void filter(int column, int row, int limit, boolean inside) {
    if (column > 0) {
      verticalEdges(column, row, 0, limit + 4);
    }
    for (int at = 4; inside && at < 16; at += 4) {
      verticalEdges(column, row, at, limit);
    }
    if (row > 0) {
      horizontalEdges(column, row, 0, limit + 4);
    }
    for (int at = 4; inside && at < 16; at += 4) {
      horizontalEdges(column, row, at, limit);
    }
  }

  private void verticalEdges(int column, int row, int at, int limit) {
    Vp8Plane luma = planes.luma;
    edge(luma, luma.at(16 * column + at, 16 * row), 1, luma.stride, 16, limit, at == 0);
    if (!simple && at % 8 == 0) { // chroma has half the edges
      Vp8Plane blue = planes.blue;
      int from = blue.at(8 * column + at / 2, 8 * row);
      edge(blue, from, 1, blue.stride, 8, limit, at == 0);
      edge(planes.red, from, 1, blue.stride, 8, limit, at == 0);
    }
  }

  private void horizontalEdges(int column, int row, int at, int limit) {
    Vp8Plane luma = planes.luma;
    edge(luma, luma.at(16 * column, 16 * row + at), luma.stride, 1, 16, limit, at == 0);
    if (!simple && at % 8 == 0) {
      Vp8Plane blue = planes.blue;
      int from = blue.at(8 * column, 8 * row + at / 2);
      edge(blue, from, blue.stride, 1, 8, limit, at == 0);
      edge(planes.red, from, blue.stride, 1, 8, limit, at == 0);
    }
  }

  /**
   * Filters {@code length} positions of an edge.
   *
   * @param at the first level behind the edge
   * @param across from one level to the next, across the edge
   * @param along from one position to the next, along the edge
   * @param outer whether it is the edge of a macroblock
   */
  private void edge(
      Vp8Plane plane, int at, int across, int along, int length, int limit, boolean outer) {
    byte[] levels = plane.levels;
    for (int i = 0; i < length; i++, at += along) {
      int p1 = levels[at - 2 * across] & 0xFF;
      int p0 = levels[at - across] & 0xFF;
      int q0 = levels[at] & 0xFF;
      int q1 = levels[at + across] & 0xFF;
      if (4 * Math.abs(p0 - q0) + Math.abs(p1 - q1) > 2 * limit + 1) {
        continue;
      }
      if (simple) {
        adjustTwo(levels, at, across, p1, p0, q0, q1);
      } else if (isSmooth(levels, at, across, p1, p0, q0, q1)) {
        if (Math.abs(p1 - p0) > variance || Math.abs(q1 - q0) > variance) {
          adjustTwo(levels, at, across, p1, p0, q0, q1);
        } else if (outer) {
          adjustSix(levels, at, across, p1, p0, q0, q1);
        } else {
          adjustFour(levels, at, across, p1, p0, q0, q1);
        }
      }
    }
  }

  private boolean isSmooth(byte[] levels, int at, int across, int p1, int p0, int q0, int q1) {
    int p3 = levels[at - 4 * across] & 0xFF;
    int p2 = levels[at - 3 * across] & 0xFF;
    int q2 = levels[at + 2 * across] & 0xFF;
    int q3 = levels[at + 3 * across] & 0xFF;
    return Math.abs(p3 - p2) <= interior
        && Math.abs(p2 - p1) <= interior
        && Math.abs(p1 - p0) <= interior
        && Math.abs(q1 - q0) <= interior
        && Math.abs(q2 - q1) <= interior
        && Math.abs(q3 - q2) <= interior;
  }

  private static void adjustTwo(byte[] levels, int at, int across, int p1, int p0, int q0, int q1) {
    int a = 3 * (q0 - p0) + signed(p1 - q1);
    levels[at - across] = Vp8Plane.limited(p0 + small(a + 3));
    levels[at] = Vp8Plane.limited(q0 - small(a + 4));
  }

  private static void adjustFour(
      byte[] levels, int at, int across, int p1, int p0, int q0, int q1) {
    int a = 3 * (q0 - p0);
    int behind = small(a + 4);
    int outer = behind + 1 >> 1;
    levels[at - 2 * across] = Vp8Plane.limited(p1 + outer);
    levels[at - across] = Vp8Plane.limited(p0 + small(a + 3));
    levels[at] = Vp8Plane.limited(q0 - behind);
    levels[at + across] = Vp8Plane.limited(q1 - outer);
  }

  private static void adjustSix(byte[] levels, int at, int across, int p1, int p0, int q0, int q1) {
    int p2 = levels[at - 3 * across] & 0xFF;
    int q2 = levels[at + 2 * across] & 0xFF;
    int a = signed(3 * (q0 - p0) + signed(p1 - q1));
    int near = 27 * a + 63 >> 7;
    int middle = 18 * a + 63 >> 7;
    int far = 9 * a + 63 >> 7;
    levels[at - 3 * across] = Vp8Plane.limited(p2 + far);
    levels[at - 2 * across] = Vp8Plane.limited(p1 + middle);
    levels[at - across] = Vp8Plane.limited(p0 + near);
    levels[at] = Vp8Plane.limited(q0 - near);
    levels[at + across] = Vp8Plane.limited(q1 - middle);
    levels[at + 2 * across] = Vp8Plane.limited(q2 - far);
  }

  private static int signed(int value) {
    return Math.max(-128, Math.min(127, value));
  }

  private static int small(int eighths) {
    return Math.max(-16, Math.min(15, eighths >> 3));
  }
}
