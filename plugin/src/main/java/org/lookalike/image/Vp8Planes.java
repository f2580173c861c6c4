package org.lookalike.image;

/** A frame: its three planes and, for each macroblock, how it must be filtered. */
final class Vp8Planes {

  /** Macroblocks across and down. */
  final int columns;

  final int rows;
  final Vp8Plane luma;
  final Vp8Plane blue;
  final Vp8Plane red;
  private final byte[] filterLevels;
  private final boolean[] filterInside;

  Vp8Planes(int width, int height) {
    columns = Math.ceilDiv(width, 16);
    rows = Math.ceilDiv(height, 16);
    luma = new Vp8Plane(16 * columns, 16 * rows);
    blue = new Vp8Plane(8 * columns, 8 * rows);
    red = new Vp8Plane(8 * columns, 8 * rows);
    filterLevels = new byte[columns * rows];
    filterInside = new boolean[columns * rows];
  }

  void note(int column, int row, int filterLevel, boolean inside) {
    filterLevels[row * columns + column] = (byte) filterLevel;
    filterInside[row * columns + column] = inside;
  }

  int filterLevel(int column, int row) {
    return filterLevels[row * columns + column];
  }

  /** Whether the edges of a macroblock's subblocks are filtered, too. */
  boolean isFilteredInside(int column, int row) {
    return filterInside[row * columns + column];
  }
}
