package org.lookalike.image;

import java.util.Arrays;

/**
 * The macroblocks of a key frame: reads modes and coefficients in order and reconstructs the
 * levels, unfiltered.
 */
final class Vp8Macroblocks {

  private static final int[] MODE_TREE = {
    0, 2, -1, 4, -2, 6, 8, 12, -3, 10, -5, -6, -4, 14, -7, 16, -8, -9
  };
  private static final int MODES = 10;

  private final Vp8Header header;
  private final Vp8Planes planes;
  private final Vp8Coefficients reader;
  private final Vp8Prediction prediction = new Vp8Prediction();

  // Context from above, for each column of subblocks, and from the left.
  private final byte[] modesAbove;
  private final byte[] modesLeft = new byte[4];
  private final byte[][] filledAbove;
  private final byte[][] filledLeft = {new byte[4], new byte[2], new byte[2], new byte[1]};

  private final int[] coefficients = new int[25 * 16];
  private final int[] y2 = new int[16];
  private final byte[] modes = new byte[16];
  private final int[] right = new int[4];

  Vp8Macroblocks(Vp8Header header, Vp8Planes planes) {
    this.header = header;
    this.planes = planes;
    this.reader = new Vp8Coefficients(header.probabilities);
    int columns = planes.columns;
    modesAbove = new byte[4 * columns];
    filledAbove =
        new byte[][] {
          new byte[4 * columns], new byte[2 * columns], new byte[2 * columns], new byte[columns]
        };
  }

  void readRow(int row) throws ImageException {
    Vp8Bits bits = header.coefficients[row % header.coefficients.length];
    Arrays.fill(modesLeft, (byte) 0);
    for (byte[] filled : filledLeft) {
      Arrays.fill(filled, (byte) 0);
    }
    for (int column = 0; column < planes.columns; column++) {
      read(bits, column, row);
      if (bits.isExhausted() || header.modes.isExhausted()) {
        throw ImageException.truncated();
      }
    }
  }

  private void read(Vp8Bits bits, int column, int row) {
    Vp8Bits first = header.modes;
    int segment = 0;
    if (header.segmentMap) {
      int[] probabilities = header.segmentProbabilities;
      segment =
          first.read(probabilities[0])
              ? 2 + first.bit(probabilities[2])
              : first.bit(probabilities[1]);
    }
    boolean skipped = header.skipProbability >= 0 && first.read(header.skipProbability);
    boolean subblocks = !first.read(145);
    if (subblocks) {
      readSubblockModes(column);
    } else {
      int mode = wholeMode(first);
      Arrays.fill(modes, (byte) mode);
      Arrays.fill(modesAbove, 4 * column, 4 * column + 4, (byte) mode);
      Arrays.fill(modesLeft, (byte) mode);
    }
    int chromaMode = chromaMode(first);
    Arrays.fill(coefficients, 0);
    boolean filled = false;
    if (skipped) {
      clearContext(column, subblocks);
    } else {
      filled = readCoefficients(bits, column, subblocks, header.steps[segment]);
    }
    planes.note(column, row, header.filterLevel(segment, subblocks), subblocks || filled);
    reconstruct(column, row, subblocks, chromaMode);
  }

  private static int wholeMode(Vp8Bits bits) {
    if (bits.read(156)) {
      return bits.read(128) ? Vp8Prediction.MOTION : Vp8Prediction.HORIZONTAL;
    }
    return bits.read(163) ? Vp8Prediction.VERTICAL : Vp8Prediction.MEAN;
  }

  private static int chromaMode(Vp8Bits bits) {
    if (!bits.read(142)) {
      return Vp8Prediction.MEAN;
    }
    if (!bits.read(114)) {
      return Vp8Prediction.VERTICAL;
    }
    return bits.read(183) ? Vp8Prediction.MOTION : Vp8Prediction.HORIZONTAL;
  }

  private void readSubblockModes(int column) {
    for (int i = 0; i < 16; i++) {
      int above = 4 * column + i % 4;
      int base = (modesAbove[above] * MODES + modesLeft[i / 4]) * (MODES - 1);
      int node = 0;
      do {
        node = MODE_TREE[node + header.modes.bit(Vp8Tables.MODE_PROBABILITIES[base + node / 2])];
      } while (node > 0);
      modes[i] = (byte) -node;
      modesAbove[above] = modes[i];
      modesLeft[i / 4] = modes[i];
    }
  }

  private void clearContext(int column, boolean subblocks) {
    for (int plane = 0; plane < (subblocks ? 3 : 4); plane++) {
      int width = filledLeft[plane].length;
      Arrays.fill(filledAbove[plane], width * column, width * (column + 1), (byte) 0);
      Arrays.fill(filledLeft[plane], (byte) 0);
    }
  }

  /** Whether any block has coefficients. */
  private boolean readCoefficients(Vp8Bits bits, int column, boolean subblocks, int[] steps) {
    int type = Vp8Coefficients.LUMA;
    if (!subblocks) {
      Arrays.fill(y2, 0);
      type = Vp8Coefficients.LUMA_AFTER_Y2;
      readBlock(bits, Vp8Coefficients.Y2, 3, column, 0, steps[2], steps[3], y2, 0);
      Vp8Transform.spreadY2(y2, coefficients);
    }
    boolean filled = false;
    for (int i = 0; i < 16; i++) {
      int count =
          readBlock(
              bits, type, 0, 4 * column + i % 4, i / 4, steps[0], steps[1], coefficients, 16 * i);
      filled |= count > 1 || coefficients[16 * i] != 0;
    }
    for (int i = 0; i < 8; i++) {
      int x = 2 * column + i % 2;
      int from = 16 * (16 + i);
      int count =
          readBlock(
              bits,
              Vp8Coefficients.CHROMA,
              1 + i / 4,
              x,
              i / 2 % 2,
              steps[4],
              steps[5],
              coefficients,
              from);
      filled |= count > 1 || coefficients[from] != 0;
    }
    return filled;
  }

  private int readBlock(
      Vp8Bits bits,
      int type,
      int plane,
      int x,
      int y,
      int firstStep,
      int otherStep,
      int[] target,
      int from) {
    int context = filledAbove[plane][x] + filledLeft[plane][y];
    int count = reader.read(bits, type, context, firstStep, otherStep, target, from);
    byte filled = (byte) (count > (type == Vp8Coefficients.LUMA_AFTER_Y2 ? 1 : 0) ? 1 : 0);
    filledAbove[plane][x] = filled;
    filledLeft[plane][y] = filled;
    return count;
  }

  private void reconstruct(int column, int row, boolean subblocks, int chromaMode) {
    Vp8Plane luma = planes.luma;
    int at = luma.at(16 * column, 16 * row);
    if (subblocks) {
      readRight(column, row, at);
    } else {
      prediction.whole(luma, at, 16, modes[0], row > 0, column > 0);
    }
    for (int i = 0; i < 16; i++) {
      int block = at + i / 4 * 4 * luma.stride + i % 4 * 4;
      if (subblocks) {
        predictSubblock(block, i);
      }
      add(i, luma, block);
    }
    Vp8Plane[] chroma = {planes.blue, planes.red};
    for (int i = 0; i < 2; i++) {
      int corner = chroma[i].at(8 * column, 8 * row);
      prediction.whole(chroma[i], corner, 8, chromaMode, row > 0, column > 0);
      for (int j = 0; j < 4; j++) {
        add(16 + 4 * i + j, chroma[i], corner + j / 2 * 4 * chroma[i].stride + j % 2 * 4);
      }
    }
  }

  /** The levels above on the right, which all four rows of the last column of subblocks use. */
  private void readRight(int column, int row, int at) {
    int above = at - planes.luma.stride + 16;
    boolean last = column == planes.columns - 1;
    for (int i = 0; i < 4; i++) {
      right[i] = row == 0 ? 127 : planes.luma.levels[last ? above - 1 : above + i] & 0xFF;
    }
  }

  private void predictSubblock(int at, int index) {
    int[] beyond = right;
    if (index % 4 < 3) {
      beyond = new int[4];
      for (int i = 0; i < 4; i++) {
        beyond[i] = planes.luma.levels[at - planes.luma.stride + 4 + i] & 0xFF;
      }
    }
    prediction.subblock(planes.luma, at, modes[index], beyond);
  }

  private void add(int block, Vp8Plane plane, int at) {
    for (int i = 16 * block; i < 16 * block + 16; i++) {
      if (coefficients[i] != 0) {
        Vp8Transform.add(coefficients, 16 * block, plane, at);
        return;
      }
    }
  }
}
